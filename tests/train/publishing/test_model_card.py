import re
import shutil
import subprocess

import pytest
import yaml

from configs import schema
from configs.errors import UserError
from configs.paths import ROOT
from models.analysis.image_groups import GroupScore
from models.runs import weights
from models.runs.evaluation import ClassScores, ImageScores
from models.runs.run import Run
from tests.facts import mentions
from tests.train.published import measure_speed
from train.publishing import failures, model_card

REMARK = "## Remarks\n\nIt was trained on a train.\n"


def remark(run: Run, text: str = REMARK) -> None:
    end = model_card.END_OF_REMARKS
    (run.path / "card.md").write_text((run.card or "").replace(end, f"{text}{end}"))


@pytest.mark.slow
def test_renewing_updates_figures_and_keeps_remarks(published):
    remark(published)
    before = published.card
    assert "not measured yet" in before
    measure_speed(published.path.parent, 4.25)
    assert model_card.renew(published)
    (time,) = [line for line in published.card.splitlines() if line.startswith("| time | 4.2 ms ")]
    assert "float32 on A CPU, 2 cores" in time
    assert f"\n\n{model_card.REMARKS}{REMARK}{model_card.END_OF_REMARKS}\n## Limits\n" in published.card
    lines = set(before.splitlines()) ^ set(published.card.splitlines())
    assert all(line.startswith("| time | ") for line in lines), "nothing else is another line"
    assert not model_card.renew(published), "a second time changes nothing"


@pytest.mark.parametrize(("zoom", "zoomed"), [("null", []), ("[1.5, 2.25]", ["zoomed", 1.5, 2.25])])
def test_the_card_lists_the_epochs_at_a_smaller_size(finished, cache, tmp_path, monkeypatch, zoom, zoomed):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    path = shutil.copytree(finished.path, tmp_path / "run")
    config = (path / "config.yaml").read_text()
    assert config.count("  small_start: null\n") == 1
    small = f"  small_start: {{part: 0.5, image_size: [16, 24], scale: {zoom}}}\n"
    (path / "config.yaml").write_text(config.replace("  small_start: null\n", small))
    run = Run(path, published=False)
    small_epochs = run.experiment.train.small_epochs
    assert small_epochs > 0
    (line,) = [line for line in model_card.write(run, "it").splitlines() if mentions(line, "16x24")]
    assert mentions(line, f"first {small_epochs}", *zoomed)
    assert ("zoomed" in line) == bool(zoomed)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"kind": "cosine", "warmup_epochs": 1, "final": 0.1}, ["cosine", "1 epoch"]),
        (
            {"kind": "cosine_restarts", "warmup_epochs": 0.5, "final": 0.1, "restarts": [1]},
            ["cosine_restarts", "0.5 epochs", "after epoch 1"],
        ),
    ],
)
def test_the_card_describes_the_schedule(finished, cache, tmp_path, monkeypatch, schedule, expected):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    path = shutil.copytree(finished.path, tmp_path / "run")
    config = yaml.safe_load((path / "config.yaml").read_text())
    assert config["train"]["schedule"] != schedule
    config["train"]["schedule"] = schedule
    (path / "config.yaml").write_text(yaml.safe_dump(config))
    card = model_card.write(Run(path, published=False), "it")
    (line,) = [line for line in card.splitlines() if line.startswith("| schedule | ")]
    assert mentions(line, "warm-up", *expected)


def test_the_card_tells_how_often_pictures_come_and_what_an_encoder_begins_with(finished, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    path = shutil.copytree(finished.path, tmp_path / "run")
    assert "| sampling |" not in model_card.write(Run(path, published=False), "it")
    config = yaml.safe_load((path / "config.yaml").read_text())
    config["train"] |= {"repeat_threshold": 0.06, "initial_weights": "another", "encoder": None}
    (path / "config.yaml").write_text(yaml.safe_dump(config))
    card = model_card.write(Run(path, published=False), "it")
    (line,) = [line for line in card.splitlines() if line.startswith("| sampling | ")]
    assert mentions(line, "6 %", 0.06)
    assert "| start | the weights of another |" in card
    for frozen, expected in [
        (0, "the encoder was trained at 0.2 "),
        (1, "the encoder was frozen for 1 epoch and then "),
    ]:
        config["train"]["encoder"] = {"frozen_epochs": frozen, "learning_rate_factor": 0.2}
        (path / "config.yaml").write_text(yaml.safe_dump(config))
        card = model_card.write(Run(path, published=False), "it")
        assert f"| start | the weights of another; {expected}" in card


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


def test_renewing_does_not_legitimise_a_damaged_file(published):
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
def test_damaged_marks_are_refused_and_the_card_is_kept(published, spoil):
    remark(published)
    (published.path / "card.md").write_text(spoiled := spoil(published.card))
    with pytest.raises(UserError, match=r"first: card\.md .*'<!-- remarks"):
        model_card.renew(published)
    assert published.card == spoiled


def test_a_hand_written_card_is_kept(published):
    (published.path / "card.md").write_text("# In my own words\n")
    assert not model_card.renew(published)
    assert published.card == "# In my own words\n"
    weights.verify(published.path)


def test_the_card_lists_every_kind_of_failure(published, monkeypatch):
    counts = {"tp": (1,), "fp": (0,), "fn": (1,)}
    image = ImageScores(id="p7", miou=0.125, **counts)
    found = failures.Failures(
        trained={"cat": 1023},
        weakest=[ClassScores(name="cat", iou=0.35, pixels=9), ClassScores(name="dog", iou=0.52, pixels=9)],
        never_found=["boat", "bus"],
        confusions=[failures.Confusion("dog", "cat", 0.304), failures.Confusion("cat", "dog", 0.2)],
        absent=["sofa", "sheep"],
        rare={"boat": 3, "bus": 4},
        imbalance=failures.Imbalance(6, {"cat": 1500, "dog": 400}, most_of_others=60, pictures=2000),
        worst_images=[image],
        out_of_distribution={"A cup": {"boat": 0.451, "cat": 0.2}, "A flower": {}},
        worst_preview=image,
        groups={"Breed": [GroupScore("pug", 1, 0.4124), GroupScore("boxer", 12, 0.61)]},
        by_training_pictures=[GroupScore("in 3 to 9 training pictures", 4, 0.125)],
    )
    monkeypatch.setattr(failures, "find", lambda *_: found)
    section = model_card.write(published, "first").split("## Known failures\n\n")[1].split("\n\n## ")[0]
    items, picture, preview = section.split("\n\n")
    facts = [
        ["cat (IoU 0.350, in 1,023 training pictures), dog (IoU 0.520)."],
        ["0.05", "boat, bus."],
        ["30 % of the pixels of dog", "as cat; 20 % of the pixels of cat", "as dog."],
        ["sofa, sheep."],
        ["20", "boat (3), bus (4)."],
        ["2 of the 6 objects were", "2,000", "cat (1,500), dog (400).", "other 4", "60", "Oxford-IIIT Pet"],
        ["breed", "pug 0.412 (1 picture), boxer 0.610 (12 pictures)."],
        ["4 classes in 3 to 9 training pictures 0.125."],
        ["`p7` (0.125)."],
        ["A cup: boat 45 %, cat 20 %; A flower: nothing."],
    ]
    assert len(items.splitlines()) == len(facts)
    for item, expected in zip(items.splitlines(), facts, strict=True):
        assert item.startswith("- ")
        assert all(fact in item for fact in expected), item
    assert "`p7` (mIoU 0.125)" in picture
    assert "epoch 2:" in picture
    assert preview == "![Label map of p7](previews/val_p7/0002.png)"


def test_the_card_has_a_singular_for_one(published, monkeypatch):
    imbalance = failures.Imbalance(5, {"car": 500}, most_of_others=10, pictures=1000)
    weakest = [ClassScores(name="cat", iou=0.049, pixels=9)]
    found = failures.Failures({"cat": 1}, weakest, [], [], [], {}, imbalance, [], {}, None)
    monkeypatch.setattr(failures, "find", lambda *_: found)
    card = model_card.write(published, "first")
    assert re.search(r"\bcat \(IoU 0\.049\b.*\b1 training picture\b", card)
    assert "1 of the 5 objects was " in card


def test_a_card_without_failures_has_no_section_on_them(published, monkeypatch):
    nothing = failures.Failures({}, [], [], [], [], {}, None, [], {}, None)
    monkeypatch.setattr(failures, "find", lambda *_: nothing)
    card = model_card.write(published, "first")
    assert "Known failures" not in card
    assert " |\n\n## Size and cost\n" in card


def test_the_card_names_newer_augmentation_where_it_is_used():
    path = ROOT / "configs" / "voc_mobilenetv2_pix2pix_first.yaml"
    plain = schema.load(path)
    assert list(model_card._augmentation(plain.data.augment))[-1] == "hue"
    pasted = "data.augment.copy_paste={probability: 0.5, classes: [bus, boat]}"
    texts = model_card._augmentation(schema.load(path, [pasted, "data.augment.gamma=0.3"]).data.augment)
    assert (texts["gamma"], texts["copy_paste"], "blur" in texts) == ("0.3", "0.5 of bus and boat", False)
    for classes, expected in [("bus", "bus"), ("bus, boat, car", "bus, boat and car")]:
        pasted = f"data.augment.copy_paste={{probability: 0.5, classes: [{classes}]}}"
        texts = model_card._augmentation(schema.load(path, [pasted]).data.augment)
        assert texts["copy_paste"] == f"0.5 of {expected}"
