import dataclasses
import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest

from configs import paths
from configs.errors import UserError
from data.locks import folder_lock
from models.inference import quantisation
from models.inference.graph_summary import gmacs
from models.runs import registry
from models.runs.run import Run
from tests.facts import facts, mentions
from tests.models import familiar, int8
from tests.train.conftest import write_preview
from train.evaluation import report, scoring
from train.publishing import model_card, publish


@pytest.fixture
def run(finished, tmp_path) -> Run:
    return Run(shutil.copytree(finished.path, tmp_path / "runs" / "first_try"), published=False)


@pytest.fixture(autouse=True)
def zoo(tmp_path, cache, monkeypatch) -> Path:
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")
    return tmp_path / "zoo"


def test_a_published_run_has_the_public_files_and_true_checksums(run, zoo):
    folder = publish.publish(run, "first")
    assert folder == zoo / "first"
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert names == sorted([*publish.FILES, "config.yaml", "card.md", "SHA256SUMS", "previews/sample_cat/0001.png"])
    assert (folder / "config.yaml").read_bytes() == (run.path / "config.yaml").read_bytes()
    assert [path.name for path in zoo.iterdir()] == ["first"], "nothing temporary is left"
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True, capture_output=True)
    assert [(other.name, other.published) for other in registry.runs() if other.published] == [("first", True)]


def test_another_name_goes_into_the_config(run, zoo):
    publish.publish(run, "second")
    assert registry.find_run("second").experiment.name == "second"
    assert run.experiment.name == "first"


@pytest.mark.parametrize("name", ["../escape", "Capital", "", "a b", ".hidden"])
def test_a_bad_name(run, zoo, name):
    with pytest.raises(UserError, match="name"):
        publish.publish(run, name)
    assert not zoo.exists()


def test_an_older_publication_is_replaced(run, zoo):
    publish.publish(run, "first")
    (zoo / "first" / "leftover").touch()
    status = run.path / "status.json"
    status.write_text(status.read_text().replace("done", "done again"))
    publish.publish(run, "first")
    assert not (zoo / "first" / "leftover").exists()
    published = registry.find_run("first").status()
    assert published is not None
    assert published.message == "done again"
    assert [path.name for path in zoo.iterdir()] == ["first"]


def test_an_int8_network_of_other_weights_is_refused(run, zoo):
    int8.quantised(run)
    publish.publish(run, "first")
    int8.simple(run).write(run.quantisation)
    found = quantisation.read(run.quantisation)
    dataclasses.replace(found, weights="0" * 64).write(run.quantisation)
    with pytest.raises(UserError, match=r"int8\.npz.* other weights .* models\.quantize"):
        publish.publish(run, "first")


def test_what_killed_publications_have_left_is_removed(run, zoo):
    (zoo / ".publish-begun" / "first").mkdir(parents=True)
    (zoo / ".publish-begun" / "first" / "config.yaml").touch()
    publish.publish(run, "first")
    assert [path.name for path in zoo.iterdir()] == ["first"]


def test_a_publication_killed_between_its_two_moves_is_completed_by_the_next(run, zoo):
    publish.publish(run, "first")
    killed = zoo / ".publish-killed"
    killed.mkdir()
    shutil.copytree(zoo / "first", killed / publish.OLDER)
    (zoo / "first").rename(killed / "first")
    (killed / "first" / "new").touch()
    publish.publish(run, "second")
    assert sorted(path.name for path in zoo.iterdir()) == ["first", "second"]
    assert (zoo / "first" / "new").exists()


def test_a_publication_killed_after_its_moves_stays(run, zoo):
    publish.publish(run, "first")
    shutil.copytree(zoo / "first", zoo / ".publish-killed" / publish.OLDER)
    (zoo / "first" / "new").touch()
    publish.publish(run, "second")
    assert sorted(path.name for path in zoo.iterdir()) == ["first", "second"]
    assert (zoo / "first" / "new").exists()


def test_a_publication_waits_for_another(run, zoo):
    zoo.mkdir()
    with ThreadPoolExecutor(1) as pool:
        with folder_lock(zoo):
            (zoo / ".publish-other").mkdir()
            second = pool.submit(publish.publish, run, "second")
            with pytest.raises(TimeoutError):
                second.result(timeout=1)
            assert (zoo / ".publish-other").exists()
        assert second.result(timeout=60) == zoo / "second"


def test_the_card_tells_how_well_objects_are_found(run):
    document = json.loads((run.path / "evaluation.json").read_text())
    document["val"]["detection"] = {
        "iou": 0.5, "smallest_object": 0.002, "precision": None, "recall": 0.25, "map50": 0.125,
        "classes": [{"name": "pet", "truth": 4, "predicted": 2, "ap50": 0.0625}],
    }  # fmt: skip
    document["val"]["training"] = {"pictures": 1234, "classes": [{"name": "pet", "pictures": 1023, "pixels": 9}]}
    (run.path / "evaluation.json").write_text(report.to_json(document))
    card = (publish.publish(run, "first") / "card.md").read_text()
    head, figures = card.split("## Figures")
    for figure in ("0.2 %", "IoU of 0.5", "mAP50 0.1250", "precision (nothing predicted)", "recall 0.2500"):
        assert figure in head
    assert "| mAP50 of objects | 0.1250 |" in figures
    assert "| recall of objects | 0.2500 |" in figures
    header = ["class", "IoU", "AP50 of objects", "training pictures"]
    assert f"| {' | '.join(header)} |\n|---|{'---:|' * 3}\n" in figures
    assert f"| pet | {document['val']['classes'][0]['iou']:.4f} | 0.0625 | 1,023 |" in figures


def row(card: str, label: str) -> str:
    """Return the text beside the only label of this name in the card's tables."""
    (text,) = re.findall(rf"^\| {re.escape(label)} \| (.*) \|$", card, re.MULTILINE)
    return text


def cost(card: str) -> str:
    """Return the part of the card with the size and cost of the network."""
    return card.split("## Size and cost")[1]


def test_without_boxes_the_card_has_no_objects(run):
    assert "objects" not in (publish.publish(run, "first") / "card.md").read_text()


def test_the_card_has_the_figures_of_the_files(run):
    card = (publish.publish(run, "first") / "card.md").read_text()
    scores = run.scores("val")
    assert scores is not None
    assert "# first\n" in card
    assert f"| **mIoU** | {scores.miou:.4f} |" in card
    assert "| class | IoU |\n|---|---:|\n" in card
    assert f"| pet | {scores.classes[0].iou:.4f} |" in card
    assert row(card, "border") == "not in this split"
    assert re.search(r"\b2 pictures .*\[Oxford-IIIT Pet\]", card)
    assert "CC BY-SA 4.0" in card
    assert row(card, "kept").startswith("epoch 2,")
    assert row(card, "kept").endswith(" mIoU on val")
    assert "must not be used" in card
    assert f"{run.parameters():,} parameters" in card
    assert "| start | random weights |" in card
    assert row(card, "operations").startswith(f"{gmacs(run):.2f} GMAC ")
    assert "32x48" in row(card, "operations")
    assert mentions(row(card, "weights"), f"{run.weights.stat().st_size / 1e6:.1f} MB", "float16")
    assert "`python -m train.evaluate RUN --float16-loss`" in row(card, "loss through float16")
    assert "`python -m train.benchmark --json models/zoo/benchmark.json`" in row(cost(card), "time")
    weakest = min(scores.classes[:2], key=lambda entry: entry.iou)
    assert f"- Weakest on `val`: {weakest.name} (IoU {weakest.iou:.3f})." in card
    assert re.search(r"^- .*`val`.*: border\.$", card, re.MULTILINE)


def test_the_card_tells_what_was_measured_later(run, zoo):
    document = json.loads((run.path / "evaluation.json").read_text())
    document["val"]["float16_loss"] = -0.00012
    (run.path / "evaluation.json").write_text(report.to_json(document))
    zoo.mkdir()
    speed = {"OpenVINO float32": {"median": 28.04}, "OpenVINO bfloat16": {"median": 7.04}}
    machine = {"cpu": "A CPU", "cores": 2}
    content = {"schema": 1, "machine": machine, "models": {"first": {"milliseconds": speed}}}
    (zoo / "benchmark.json").write_text(json.dumps(content))
    card = (publish.publish(run, "first") / "card.md").read_text()
    assert row(card, "loss through float16").startswith("-0.00012 mIoU on val")
    assert "float32" in row(card, "loss through float16")
    assert row(cost(card), "time").startswith("7.0 ms ")
    assert "bfloat16 on A CPU, 2 cores" in row(cost(card), "time")


def test_a_card_that_a_person_wrote_wins(run, zoo):
    publish.publish(run, "first")
    generated = (zoo / "first" / "card.md").read_text()
    (zoo / "first" / "card.md").write_text(generated.replace("# first", "# the first one"))
    publish.publish(run, "first")
    assert (zoo / "first" / "card.md").read_text() == generated, "a card written by the program is replaced"
    (zoo / "first" / "card.md").write_text("# In my own words\n")
    publish.publish(run, "first")
    assert (zoo / "first" / "card.md").read_text() == "# In my own words\n"
    (run.path / "card.md").write_text("# In the run\n")
    publish.publish(run, "first")
    assert (zoo / "first" / "card.md").read_text() == "# In the run\n"


def test_remarks_of_people_stay_when_a_run_is_published_again(run, zoo):
    publish.publish(run, "first")
    card = zoo / "first" / "card.md"
    card.write_text(
        card.read_text().replace(model_card.END_OF_REMARKS, f"It knows my cat.\n{model_card.END_OF_REMARKS}")
    )
    change_json(run.path / "status.json", message="trained again")
    publish.publish(run, "first")
    published = registry.find_run("first").status()
    assert published is not None
    assert published.message == "trained again"
    assert "\nIt knows my cat.\n" in card.read_text()


def test_previews_are_label_maps_only(run):
    previews = run.previews / "sample_cat"
    write_preview(run, previews / "0002.png")
    write_preview(run, previews / "colour.png", mode="RGB")
    write_preview(run, previews / "grey.png", mode="L")
    write_preview(run, previews / "photograph_in_256_colours.png", own_palette=False)
    write_preview(run, previews / "ids_beyond_the_classes.png", largest=40)
    (previews / "photograph.jpg").write_bytes(b"\xff\xd8\xff")
    folder = publish.publish(run, "first")
    assert sorted(path.name for path in (folder / "previews").rglob("*.*")) == ["0001.png", "0002.png"]


def change_json(path: Path, **changes) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def widen(run: Run) -> None:
    with h5py.File(run.weights, "r+") as file:
        file.create_dataset("layers/conv2d_9/vars/0", data=np.zeros((3, 3, 4, 4), np.float32))


def add_optimizer(run: Run) -> None:
    with h5py.File(run.weights, "r+") as file:
        file.create_dataset("optimizer/vars/0", data=0)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda run: change_json(run.path / "status.json", state="stopped"), ["stopped", "epoch"]),
        (lambda run: (run.path / "status.json").unlink(), ["no status", "finished run"]),
        (lambda run: (run.path / "evaluation.json").unlink(), ["no evaluation.json", "python -m train.evaluate"]),
        (lambda run: (run.path / "evaluation.json").write_text("{"), ["evaluation.json", "JSON"]),
        (
            lambda run: (run.path / "evaluation.json").write_text('{"schema": 1}'),
            ["split 'val'", "python -m train.evaluate"],
        ),
        (lambda run: change_json(run.path / "evaluation.json", test={"miou": 7.5}), ["test: miou"]),
        (lambda run: (run.path / "history.csv").unlink(), ["no history.csv"]),
        (lambda run: (run.path / "train_images.txt").unlink(), ["no train_images.txt"]),
        (lambda run: run.weights.unlink(), ["no model.weights.h5"]),
        (lambda run: run.weights.write_bytes(b"nothing"), ["model.weights.h5", "not a weight file"]),
        (widen, ["layers/conv2d_9/vars/0"]),
        (add_optimizer, ["model.weights.h5", "optimizer"]),
        (
            lambda run: change_json(run.path / "evaluation.json", val={"weights": "ab" * 32}),
            ["evaluation.json", "other weights"],
        ),
    ],
)
def test_an_invalid_run_is_refused_with_the_reason(run, zoo, spoil, expected):
    spoil(run)
    with pytest.raises(UserError) as error:
        publish.publish(run, "first")
    assert mentions(str(error.value), *expected)
    assert str(error.value).startswith(str(run.path))
    assert not zoo.exists()


def test_old_scores_in_int8_are_refused_with_the_command_that_renews_them(run, zoo):
    int8.quantised(run)
    own = run.evaluation()
    old = own.splits["val"].model_copy(update={"weights": "ab" * 32})
    scoring.write(run.path / "evaluation.json", own.including("val", old, "int8"))
    with pytest.raises(UserError, match=facts("first_try · int8", f"train.evaluate {run.path} --precision int8")):
        publish.publish(run, "first")
    assert not zoo.exists()


def test_weights_that_are_too_large(run, monkeypatch):
    monkeypatch.setattr(publish, "LARGEST", 1000)
    size = f"{run.weights.stat().st_size:,}"
    with pytest.raises(UserError, match=rf"model\.weights\.h5 .*\b{size}\b.*\b1,000\b"):
        publish.publish(run, "first")


def test_a_published_run_is_not_published_again(run):
    publish.publish(run, "first")
    with pytest.raises(UserError, match="is published already"):
        publish.publish(registry.find_run("first"), "second")


def test_what_tells_unlike_pictures_is_published_with_its_figures_unless_it_is_for_other_weights(run, zoo):
    familiar.write(run)
    folder = publish.publish(run, "first")
    assert "familiarity.json" in (folder / "SHA256SUMS").read_text()
    (row,) = [line for line in (folder / "card.md").read_text().splitlines() if line.startswith("| CamVid |")]
    assert mentions(row, 20, 30, "0.9750", "too few", "80 %")
    assert mentions((folder / "card.md").read_text(), "0.6250", "5.0 %")
    familiar.write(run, weights="ab" * 32)
    with pytest.raises(UserError, match=r"familiarity\.json was made for other weights"):
        publish.publish(run, "second")


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(5, "Input/output error")])
def test_what_ends_a_publication_between_its_two_moves_leaves_the_older_one(run, zoo, monkeypatch, fault):
    publish.publish(run, "first")
    (zoo / "first" / "older").touch()
    rename = Path.rename

    def failing(path, target):
        if path.name == "first" and Path(target) == zoo / "first":
            raise fault
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises((KeyboardInterrupt, UserError)):
        publish.publish(run, "first")
    assert [path.name for path in zoo.iterdir()] == ["first"]
    assert (zoo / "first" / "older").exists()
