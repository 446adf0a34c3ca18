"""The scores of a split, and their JSON."""

import json

import numpy as np

from data import datasets
from models.metrics.counts import count
from models.runs.evaluation import Images
from train.evaluation import report

VOID = 11


def test_a_split_without_a_scored_pixel_has_no_score() -> None:
    space = datasets.get("camvid").label_space
    void = np.full((4, 4), VOID, np.uint8)
    counts = count(void, np.zeros((4, 4), np.uint8), np.ones((4, 4), np.float32), space)
    scores = report.split_scores(
        counts,
        space,
        {"ground": [3, 4]},
        images=Images(count=1, digest=""),
        per_image=[report.image_scores("void", counts)],
        detection=None,
    )
    assert scores.subsets == {"ground": None}
    assert {value for value in scores.model_dump().values() if not isinstance(value, dict | tuple | str)} == {None}
    assert "NaN" not in report.to_json(scores.model_dump())


def test_json_is_compact_and_lossless() -> None:
    document = {
        "schema": 1,
        "val": {"classes": [{"name": "a [1,  2] {b}"}, {"name": "c"}], "confusion": [[1, 2], [3, 4]]},
    }
    text = report.to_json(document)
    assert json.loads(text) == document
    assert "[1, 2],\n" in text
    assert '{"name": "c"}\n' in text
