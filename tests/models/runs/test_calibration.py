"""A calibration counts only for the weights it was fitted for."""

import json
import shutil

import pytest

from configs.files import sha256
from configs.paths import ROOT
from models.runs import calibration
from models.runs.calibration import Adjustment, Calibration
from models.runs.run import Run

FOUND = {"temperature": 1.5, "split": "val", "fitted_on": 3, "tested_on": 2, "before": 0.2, "after": 0.1}


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path, published=False)
    run.weights.write_bytes(b"weights")
    return run


def test_a_run_without_weights_or_file_has_none(run):
    assert run.calibration is None
    assert run.adjustment is None
    run.weights.unlink()
    assert run.adjustment is None


def test_what_was_written_is_read_and_belongs_to_the_weights(run):
    plain = run.digest()
    found = Calibration.model_validate(FOUND | {"weights": sha256(run.weights)})
    calibration.write(run.path, found)
    assert run.calibration == found
    assert found.adjustment(("pet", "background")) == Adjustment(1.5)
    assert run.digest() != plain
    run.weights.write_bytes(b"others")
    assert run.adjustment is None


@pytest.mark.parametrize(
    "fault",
    [
        {"temperature": 0.0},
        {"temperature": -1.0},
        {"temperature": float("inf")},
        {"temperature": "1.5"},
        {"offsets": {"background": float("nan")}},
        {"offsets": {"background": 21.0}},
        {"offsets": [1.0]},
        {"split": None},
        {"after": 2.0},
    ],
    ids=repr,
)
def test_a_file_at_fault_means_none(run, fault):
    content = FOUND | {"weights": sha256(run.weights)} | fault
    (run.path / calibration.FILE).write_text(json.dumps({key: one for key, one in content.items() if one is not None}))
    assert run.adjustment is None
    (run.path / calibration.FILE).write_bytes(b"\xff{")
    assert run.adjustment is None


@pytest.mark.parametrize(("name", "counts"), [("background", True), ("Background", False), ("dog", False)])
def test_an_offset_counts_only_for_a_class_that_there_is(run, name, counts):
    shutil.copyfile(ROOT / "configs" / "pets_unet.yaml", run.path / "config.yaml")
    found = Calibration.model_validate(FOUND | {"weights": sha256(run.weights), "offsets": {name: 1.5}})
    calibration.write(run.path, found)
    assert run.calibration == (found if counts else None)
    assert (run.adjustment == Adjustment(1.5, (0.0, 1.5, 0.0))) == counts


def test_scaled_weights_of_older_versions_are_not_divided_again(run):
    old = {
        "temperature": 1.5,
        "fitted_on": 3,
        "tested_on": 2,
        "before": 0.2,
        "after": 0.1,
        "weights": sha256(run.weights),
    }
    (run.path / calibration.FILE).write_text(json.dumps(old))
    assert run.adjustment is None


def test_offsets_belong_to_classes_by_their_names_and_count_for_the_digest(run):
    shutil.copyfile(ROOT / "configs" / "pets_unet.yaml", run.path / "config.yaml")
    names, digests = ("pet", "background", "border"), {run.digest()}
    for offsets, expected in [({}, ()), ({"background": 2.0}, (0.0, 2.0, 0.0)), ({"background": 2.5}, (0.0, 2.5, 0.0))]:
        facts = FOUND | {"weights": sha256(run.weights), "temperature": 1.0, "offsets": offsets}
        calibration.write(run.path, Calibration.model_validate(facts))
        found = run.calibration
        assert found is not None
        assert found.adjustment(names) == (Adjustment(1.0, expected) if offsets else None)
        digests.add(run.digest())
    assert len(digests) == 3, "a temperature of 1 without offsets is none"
