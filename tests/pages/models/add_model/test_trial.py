"""The mask of the check picture is the one that the saved model predicts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from configs.errors import UserError
from models.added import adding
from models.added.describing import Answers, describe
from models.added.engines import OpenVINOEngine
from models.added.predictor import FilePredictor
from pages.models.add_model.trial import Trial
from tests.models.added.onnx_files import CLASSES, saved, segmenter

NAMES = tuple("abcd")
PIXELS = np.random.default_rng(1).integers(0, 256, (50, 70, 3), np.uint8)
USUAL = Answers(classes=NAMES, input_range=(0.0, 1.0))


@pytest.fixture
def staged(no_models, tmp_path):
    with adding.staged(saved(tmp_path, segmenter())) as staged:
        yield staged


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"colour": "BGR"},
        {"input_range": (-1.0, 1.0)},
        {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.2, 0.2)},
        {"resize": "letterbox"},
        {"void": "b"},
        {"engine": "onnxruntime"},
    ],
    ids=str,
)
def test_it_is_what_the_model_will_predict(staged, changes):
    described = describe(staged.facts, staged.original, replace(USUAL, **changes))
    mask = Trial(staged).mask(described, "picture", PIXELS)
    expected = FilePredictor.load(adding.save(staged, described, "saved")).predict(PIXELS).labels
    assert len(np.unique(expected)) >= CLASSES - 1  # otherwise nothing would be compared
    np.testing.assert_array_equal(mask.labels, expected)


def test_the_network_runs_again_only_if_its_input_changes(staged, monkeypatch):
    infer, runs = OpenVINOEngine.infer, []

    def counted(self, batch):
        runs.append(batch)
        return infer(self, batch)

    monkeypatch.setattr(OpenVINOEngine, "infer", counted)
    trial = Trial(staged)
    table: list[tuple[dict[str, Any], int]] = [
        ({}, 1), ({"void": "a"}, 1), ({"classes": tuple("efgh")}, 1), ({"colour": "BGR"}, 2),
    ]  # fmt: skip
    for changes, expected in table:
        described = describe(staged.facts, staged.original, replace(USUAL, **changes))
        trial.mask(described, "picture", PIXELS)
        assert len(runs) == expected
    trial.mask(described, "another", PIXELS)
    assert len(runs) == 3


def test_a_description_that_does_not_fit_is_a_sentence(staged):
    described = describe(staged.facts, staged.original, USUAL)
    wrong = described.model_copy(update={"output": described.output.model_copy(update={"kind": "probabilities"})})
    with pytest.raises(UserError, match="logits"):
        Trial(staged).mask(wrong, "picture", PIXELS)


def test_both_engines_agree_on_a_convolution(staged):
    described = describe(staged.facts, staged.original, USUAL)
    assert Trial(staged).agreement(described, "picture", PIXELS) > 0.999
