"""What int8 leaves out is computed as chosen where the CPU is faster in bfloat16, and scored in float32 everywhere."""

import shutil
from pathlib import Path

import pytest
from sklearn.metrics import jaccard_score

from models.inference import choosing_rest, predictor
from models.inference.loading import load_predictor
from models.inference.predictor import RunPredictor, native_precision
from models.runs import int8_rest
from models.runs.int8_rest import Int8Rest
from models.runs.model import file_digest
from models.runs.run import Run
from tests.data.conftest import tiny_data  # noqa: F401 - fixture
from tests.models import int8
from train.evaluation.scoring import score_model

native = pytest.mark.skipif(native_precision() != "bfloat16", reason="this CPU has no native bfloat16")


@pytest.fixture
def view(tiny, tmp_path) -> Run:
    """Return a quantised run in int8 that was trained on none of the pictures."""
    run = Run(shutil.copytree(tiny.path, tmp_path / "mine"), published=False)
    (run.path / "train_images.txt").write_text("ab" * 32)
    return int8.quantised(run)


def choose_bfloat16(run: Run) -> None:
    digest = file_digest(run.quantisation)
    int8_rest.write(run, Int8Rest(rest="bfloat16", quantisation=digest, split="val", pictures=2, cpu="some"))


@native
def test_it_is_computed_as_chosen_where_the_cpu_is_faster_in_bfloat16(view, monkeypatch):
    monkeypatch.setattr(predictor, "fast_precision", lambda: "bfloat16")
    assert load_predictor(view).engine.endswith(" int8")
    choose_bfloat16(view)
    assert load_predictor(view).engine.endswith(" int8 and bfloat16")
    assert load_predictor(view, rest="float32").engine.endswith(" int8")
    monkeypatch.setattr(predictor, "fast_precision", lambda: "float32")
    assert load_predictor(view).engine.endswith(" int8")


@native
def test_scores_are_those_with_the_rest_in_float32(view, tiny_data, monkeypatch):  # noqa: F811
    monkeypatch.setattr(predictor, "fast_precision", lambda: "bfloat16")
    before = score_model(view, tiny_data, "val")
    choose_bfloat16(view)
    after = score_model(view, tiny_data, "val")
    assert after.engine.endswith(" int8")
    assert (after.weights, after.confusion) == (before.weights, before.confusion)


@native
def test_both_are_measured_as_they_are_scored(view, tiny_data: Path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(choosing_rest, "fast_precision", lambda: "bfloat16")
    pictures = choosing_rest.pictures_to_judge_by(view, tiny_data)
    found = choosing_rest.choose(view, pictures, seconds=0)
    assert found.quantisation == file_digest(view.quantisation)
    assert (found.split, found.pictures) == ("val", 2)
    assert found.float32.miou == score_model(view, tiny_data, "val").miou
    model = RunPredictor.load(view, "int8", rest="bfloat16")
    maps = [(one.mask.ravel(), model.predict(one.image).labels.ravel()) for one in (pictures[0], pictures[1])]
    truth, labels = ([label for pair in maps for label in pair[side]] for side in (0, 1))
    shown = sorted(set(truth) & set(view.label_space.scored))
    assert found.bfloat16.miou == pytest.approx(jaccard_score(truth, labels, labels=shown, average="macro"))
    assert all(one.milliseconds and one.milliseconds > 0 for one in (found.float32, found.bfloat16))


def test_where_nothing_can_be_measured_it_stays_float32(view, tiny_data: Path, monkeypatch):  # noqa: F811
    pictures = choosing_rest.pictures_to_judge_by(view, tiny_data)
    monkeypatch.setattr(choosing_rest, "fast_precision", lambda: "float32")
    assert choosing_rest.choose(view, pictures).rest == "float32"
    (view.path / "train_images.txt").write_text("\n".join(pictures.hashes))
    none = choosing_rest.pictures_to_judge_by(view, tiny_data)
    monkeypatch.setattr(choosing_rest, "fast_precision", lambda: "bfloat16")
    found = choosing_rest.choose(view, none)
    assert (found.rest, found.pictures, found.float32.miou) == ("float32", 0, None)
