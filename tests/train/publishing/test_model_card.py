import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from configs import paths
from configs.errors import UserError
from models.runs import registry, weights
from models.runs.run import Run
from train import model_card as card_command
from train.publishing import model_card, publish

REMARK = "## Remarks\n\nIt was trained on a train.\n"


@pytest.fixture
def published(finished, cache, tmp_path, monkeypatch) -> Run:
    """Return a published run."""
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")
    publish.publish(Run(shutil.copytree(finished.path, tmp_path / "runs" / "first"), published=False), "first")
    return registry.find("first")


def remark(run: Run, text: str = REMARK) -> None:
    end = model_card.END_OF_REMARKS
    (run.path / "card.md").write_text((run.card or "").replace(end, f"{text}{end}"))


def measure_speed(zoo: Path, milliseconds: float) -> None:
    models = {"first": {"milliseconds": {"OpenVINO float32": {"median": milliseconds}}}}
    (zoo / "benchmark.json").write_text(json.dumps({"machine": {"cpu": "A CPU", "cores": 2}, "models": models}))


def test_renewing_brings_new_figures_and_keeps_what_people_wrote(published):
    remark(published)
    before = published.card
    assert "not measured yet" in before
    measure_speed(published.path.parent, 4.25)
    assert model_card.renew(published)
    assert "| time | 4.2 ms for one picture through the network, in float32 on A CPU, 2 cores" in published.card
    assert f"\n\n{model_card.REMARKS}{REMARK}{model_card.END_OF_REMARKS}\n## Limits\n" in published.card
    lines = set(before.splitlines()) ^ set(published.card.splitlines())
    assert all(line.startswith("| time | ") for line in lines), "nothing else is another line"
    assert not model_card.renew(published), "a second time changes nothing"


@pytest.mark.parametrize(("zoom", "words"), [("null", ""), ("[1.5, 2.25]", ", zoomed 1.5 to 2.25 times")])
def test_it_tells_of_the_epochs_at_a_smaller_size(finished, cache, tmp_path, monkeypatch, zoom, words):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    path = shutil.copytree(finished.path, tmp_path / "run")
    config = (path / "config.yaml").read_text()
    assert config.count("  small_start: null\n") == 1
    small = f"  small_start: {{part: 0.5, image_size: [16, 24], scale: {zoom}}}\n"
    (path / "config.yaml").write_text(config.replace("  small_start: null\n", small))
    run = Run(path, published=False)
    small_epochs = run.experiment.train.small_epochs
    assert small_epochs > 0
    assert f", the first {small_epochs} at 24x16 pixels{words} |" in model_card.write(run, "it")


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"kind": "cosine", "warmup_epochs": 1, "final": 0.1}, "cosine, 1 epoch of warm-up"),
        (
            {"kind": "cosine_restarts", "warmup_epochs": 0.5, "final": 0.1, "restarts": [1]},
            "cosine_restarts, 0.5 epochs of warm-up; back at the highest learning rate after epoch 1",
        ),
    ],
)
def test_it_tells_of_the_schedule(finished, cache, tmp_path, monkeypatch, schedule, words):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    path = shutil.copytree(finished.path, tmp_path / "run")
    config = yaml.safe_load((path / "config.yaml").read_text())
    assert config["train"]["schedule"] != schedule
    config["train"]["schedule"] = schedule
    (path / "config.yaml").write_text(yaml.safe_dump(config))
    assert f"\n| schedule | {words} |\n" in model_card.write(Run(path, published=False), "it")


def test_the_checksums_are_renewed_too(published):
    sums = published.path / weights.CHECKSUMS
    before = sums.read_text().splitlines()
    remark(published)
    with pytest.raises(UserError, match=r"card\.md is damaged"):
        weights.verify(published.path)
    model_card.renew(published)
    weights.verify(published.path)
    after = sums.read_text().splitlines()
    assert [line for line in after if line not in before] == [line for line in after if line.endswith("  card.md")]
    assert len(after) == len(before)
    if shutil.which("sha256sum"):
        subprocess.run(
            ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=published.path, check=True, capture_output=True
        )


def test_a_damaged_file_does_not_become_a_sound_one(published):
    (published.path / "history.csv").write_text("epoch\n")
    before = published.card
    remark(published)
    with pytest.raises(UserError, match=r"history\.csv is damaged"):
        model_card.renew(published)
    assert published.card != before, "the remark is still there"
    with pytest.raises(UserError, match="is damaged"):
        weights.verify(published.path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda card: card.replace(model_card.END_OF_REMARKS, ""),
        lambda card: card.replace(model_card.REMARKS, ""),
        lambda card: card.replace(model_card.REMARKS, model_card.REMARKS * 2),
        lambda card: card + model_card.REMARKS + model_card.END_OF_REMARKS,
        lambda card: card.replace(model_card.END_OF_REMARKS, "").replace(
            model_card.REMARKS, model_card.END_OF_REMARKS + model_card.REMARKS
        ),
    ],
)
def test_nothing_is_lost_where_the_marks_of_the_remarks_are_damaged(published, spoil):
    remark(published)
    (published.path / "card.md").write_text(spoiled := spoil(published.card))
    with pytest.raises(UserError, match=r"first: card\.md must have the lines '<!-- remarks"):
        model_card.renew(published)
    assert published.card == spoiled


def test_a_card_of_ones_own_stays_as_it_is(published):
    (published.path / "card.md").write_text("# In my own words\n")
    assert not model_card.renew(published)
    assert published.card == "# In my own words\n"
    weights.verify(published.path)


def test_command(published, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["model_card"])
    assert card_command.main() == 0
    measure_speed(published.path.parent, 4)
    monkeypatch.setattr(sys, "argv", ["model_card", "first"])
    assert card_command.main() == 0
    path = published.path / "card.md"
    assert capsys.readouterr().out == f"{path}: as it was\n{path}: written anew\n"


def test_a_local_run_has_no_card_to_renew(published, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["model_card", str(tmp_path / "runs" / "first")])
    with pytest.raises(UserError, match="is no published model"):
        card_command.main()


def test_other_pictures_are_looked_at_by_the_network(published):
    """An untrained network answers anything; what matters is that each picture's pixels are all told of."""
    from train.publishing import out_of_distribution

    shares = out_of_distribution.shares(published)
    assert list(shares) == [
        "An astronaut", "A motorcycle in a workshop", "A cup of coffee", "A temple in China", "A flower"
    ]  # fmt: skip
    for found in shares.values():
        assert list(found) == ["pet", "background", "border"]
        assert sum(found.values()) == pytest.approx(1)
    assert "- In photographs of other things, which scikit-image and scikit-learn ship, it finds" in published.card
