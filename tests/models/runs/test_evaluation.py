import json

import pytest

from configs import paths
from models.runs.evaluation import Evaluation, SplitScores
from train.evaluation import report

PUBLISHED = sorted(paths.zoo_dir().glob("*/evaluation.json"))
IMAGE = {"id": "a", "miou": 0.5, "tp": [1, 2], "fp": [0, 1], "fn": [1, 0]}
SCORES = {
    "images": {"count": 1, "digest": "ab"},
    "miou": 0.5,
    "subsets": {"common": None},
    "classes": [{"name": name, "iou": 0.5, "accuracy": None, "pixels": 3} for name in ("cat", "dog")],
    "confusion": [[1, 2], [3, 4]],
    "calibration": [{"pixels": 3, "accuracy": 0.5, "confidence": 0.25}],
    "detection": None,
    "per_image": [IMAGE],
    "weights": "cd",
}


@pytest.mark.parametrize("file", PUBLISHED, ids=lambda file: file.parent.name)
def test_a_published_evaluation_is_written_back_byte_for_byte(file):
    text = file.read_text(encoding="utf-8")
    evaluation = Evaluation.parse(text)
    assert evaluation.faults == {}
    assert all(scores.complete for scores in evaluation.splits.values())
    assert report.to_json(evaluation.document()) == text


def test_unknown_keys_are_kept_and_missing_ones_are_not_written():
    content = {"schema": 1, "val": {**SCORES, "later": {"x": [1]}}, "test": {"miou": 0.25}}
    evaluation = Evaluation.parse(json.dumps(content))
    assert evaluation.faults == {}
    assert json.loads(report.to_json(evaluation.document())) == content
    assert evaluation.splits["val"].complete
    assert not evaluation.splits["test"].complete
    assert evaluation.splits["test"].training is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("miou", 7.5),
        ("miou", -0.1),
        ("miou", "0.5"),
        ("miou", True),
        ("images", {"count": 10**30, "digest": "ab"}),
        ("images", {"count": 1.5, "digest": "ab"}),
        ("images", 3),
        ("subsets", {"common": 2.0}),
        ("classes", {"cat": 0.5}),
        ("classes", [{"name": "cat", "iou": 0.5, "pixels": -1}, {"name": "dog", "iou": None, "pixels": 0}]),
        ("confusion", [[1, 2]]),
        ("confusion", [[1, 2], [3]]),
        ("calibration", [{"pixels": 3, "accuracy": 0.5, "confidence": 1.5}]),
        ("detection", {"map50": 0.5}),
        ("detection", []),
        ("per_image", [IMAGE | {"tp": [1]}]),
        ("per_image", [{"id": "a", "miou": 0.5}]),
        ("weights", 3),
        ("training", [1]),
        ("float16_loss", 2),
    ],
)
def test_an_invalid_section_is_a_fault_of_its_split_alone(key, value):
    evaluation = Evaluation.parse(json.dumps({"schema": 1, "val": {**SCORES, key: value}, "test": SCORES}))
    assert list(evaluation.splits) == ["test"]
    assert list(evaluation.faults) == ["val"]
    assert key in evaluation.faults["val"]


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_infinities_are_refused(number):
    assert "miou" in Evaluation.parse(f'{{"val": {{"miou": {number}}}}}').faults["val"]


@pytest.mark.parametrize("value", [3, None, [1], "scores"])
def test_a_split_must_be_an_object(value):
    assert list(Evaluation.parse(json.dumps({"schema": 1, "val": value})).faults) == ["val"]


def test_scores_do_not_change():
    with pytest.raises(ValueError, match="frozen"):
        SplitScores.model_validate(SCORES).miou = 0.75


def test_other_precisions_are_kept_apart_and_come_last():
    other = {**SCORES, "miou": 0.4}
    content = {"schema": 1, "val": SCORES, "precisions": {"int8": {"val": other, "test": {"miou": 7}}, "odd": 3}}
    evaluation = Evaluation.parse(json.dumps(content))
    assert list(evaluation.splits) == ["val"]
    in_int8 = evaluation.of("int8")
    assert (in_int8.splits["val"].miou, list(in_int8.faults)) == (0.4, ["test"])
    assert evaluation.of("bfloat16").splits == {}
    assert evaluation.of(None) is evaluation
    written = json.loads(report.to_json(evaluation.document()))
    assert written == {"schema": 1, "val": SCORES, "precisions": {"int8": {"val": other}}}
    assert list(written) == ["schema", "val", "precisions"]


def test_scores_are_added_to_one_precision():
    evaluation = Evaluation.parse(json.dumps({"schema": 1, "val": SCORES}))
    scores = SplitScores(miou=0.25)
    changed = evaluation.including("val", scores, "int8").including("test", scores, "int8")
    assert changed.splits == evaluation.splits
    assert list(changed.of("int8").splits) == ["val", "test"]
    assert changed.including("val", scores, None).splits["val"].miou == 0.25
