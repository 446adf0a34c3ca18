"""Detection scores, against hand-worked tables and pycocotools."""

import contextlib
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from data.label_space import LabelSpace
from models.metrics import detection
from models.metrics.detection import Matches
from models.metrics.regions import Region

SPACE = LabelSpace(("background", "cat", "dog", "fish"), ("#000000", "#000001", "#000002", "#000003"))


def region(ident, box, confidence):
    return Region(ident, box, box[2] * box[3], confidence)


def match(found, boxes):
    return detection.match([region(*one) for one in found], np.array(boxes, np.int32).reshape(-1, 5), SPACE)


A, B = (0, 0, 10, 10), (20, 0, 10, 10)


@pytest.mark.parametrize(
    ("found", "boxes", "right"),
    [
        ([], [], []),
        ([], [(1, *A)], []),
        ([(1, A, 0.5)], [], [False]),
        ([(1, A, 0.5)], [(1, *A)], [True]),
        ([(2, A, 0.5)], [(1, *A)], [False]),  # another class
        ([(1, (0, 0, 10, 5), 0.5)], [(1, *A)], [True]),  # IoU just 0.5
        ([(1, (0, 0, 10, 4), 0.5)], [(1, *A)], [False]),
        ([(1, (0, 0, 40, 10), 0.5)], [(1, *A), (1, *B)], [False]),  # two things that touch are one region
        ([(1, A, 0.5), (1, A, 0.9)], [(1, *A)], [True, False]),  # the second on one box
        ([(1, A, 0.5), (1, (0, 0, 10, 9), 0.9)], [(1, *A), (1, 0, 0, 10, 9)], [True, True]),
        ([(1, (0, 0, 10, 9), 0.9), (1, A, 0.5)], [(1, *A)], [True, False]),  # the surer first, not the better
        ([(1, A, 0.2), (2, B, 0.9), (1, B, 0.8)], [(1, *A), (2, *B)], [False, True, True]),
    ],
)
def test_matching_by_hand(found, boxes, right):
    """``right`` is by class, then by confidence."""
    matches = match(found, boxes)
    assert matches.right.tolist() == right
    assert matches.truth.sum() == len(boxes)


@pytest.mark.parametrize(
    ("right", "truth", "expected"),
    [
        ([], 0, math.nan),
        ([False], 0, math.nan),
        ([], 2, 0),
        ([False, False], 2, 0),
        ([True, True], 2, 1),
        ([True], 4, 1 / 4),
        ([False, True], 1, 1 / 2),
        ([True, False, True], 3, (1 + 2 / 3) / 3),
        ([False, True, True], 2, 2 / 3),  # the precision rises from 1/2 to 2/3, and the best one counts
        ([True, False, False, True, True, False], 5, (1 + 3 / 5 + 3 / 5) / 5),
    ],
)
def test_average_precision_by_hand(right, truth, expected):
    confidence = np.linspace(1, 0, len(right))
    matches = Matches(np.full(len(right), 1), confidence, np.array(right, bool), np.array([0, truth, 0, 0]))
    assert detection.average_precision(matches, 1) == pytest.approx(expected, nan_ok=True)


def test_scores_of_several_pictures():
    one = match([(1, A, 0.9), (1, B, 0.5)], [(1, *A), (2, *B)])
    other = match([(1, A, 0.7), (3, B, 0.6)], [(1, *A), (1, *B)])
    both = Matches.pooled([Matches.none(SPACE), one, other])
    assert detection.precision(both) == 2 / 4
    assert detection.recall(both) == 2 / 4
    assert detection.average_precision(both, 1) == pytest.approx(2 / 3)
    assert detection.average_precision(both, 2) == 0
    assert math.isnan(detection.average_precision(both, 3))
    assert detection.mean_average_precision(both) == pytest.approx((2 / 3 + 0) / 2)  # no fish in the truth


def test_no_regions_and_boxes_have_no_scores():
    nothing = Matches.none(SPACE)
    assert math.isnan(detection.precision(nothing))
    assert math.isnan(detection.recall(nothing))
    assert math.isnan(detection.mean_average_precision(nothing))


def boxes_of(rng, count):
    """Draw rows of class, left, top, width and height."""
    places = rng.integers(0, 60, (count, 2)), rng.integers(4, 40, (count, 2))
    return np.column_stack([rng.integers(1, 4, count), *places]).astype(np.int32)


def drawn(seed, pictures=12):
    """Draw pictures: true boxes, and regions near most of them and elsewhere."""
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(pictures):
        boxes = boxes_of(rng, int(rng.integers(0, 7)))
        near = boxes[rng.random(len(boxes)) < 0.8]
        near[:, 1:] = np.maximum(near[:, 1:] + rng.integers(-3, 4, (len(near), 4)), (0, 0, 1, 1))
        rows = np.concatenate([near, boxes_of(rng, 3)]).tolist()
        result.append(([region(row[0], tuple(row[1:]), float(rng.random())) for row in rows], boxes))
    return result


def pooled(pictures):
    matches = Matches.none(SPACE)
    for found, boxes in pictures:
        matches += detection.match(found, boxes, SPACE)
    return matches


def coco_evaluation(pictures):
    """Let pycocotools evaluate the same at an IoU of 0.5, reading its curves at so many points that none is missed."""
    truth = [(image, row) for image, (_, boxes) in enumerate(pictures, 1) for row in boxes.tolist()]
    found = [(image, one) for image, (regions, _) in enumerate(pictures, 1) for one in regions]
    annotations = [
        {"id": number, "image_id": image, "category_id": row[0], "bbox": row[1:], "area": row[3] * row[4], "iscrowd": 0}
        for number, (image, row) in enumerate(truth, 1)
    ]
    results = [
        {"image_id": image, "category_id": one.ident, "bbox": list(one.box), "score": one.confidence}
        for image, one in found
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": image} for image in range(1, len(pictures) + 1)],
            "categories": [{"id": ident} for ident in range(1, len(SPACE))],
            "annotations": annotations,
        }
        coco.createIndex()
        run = COCOeval(coco, coco.loadRes(results), "bbox")
        run.params.iouThrs = np.array([0.5])
        run.params.recThrs = np.linspace(0, 1, 20_001)
        run.params.maxDets = [1000]
        run.params.areaRng, run.params.areaRngLbl = [[0, 1e10]], ["all"]
        run.evaluate()
        run.accumulate()
    return run


@pytest.mark.parametrize("seed", range(10))
def test_it_agrees_with_pycocotools(seed):
    pictures = drawn(seed)
    matches, run = pooled(pictures), coco_evaluation(pictures)
    images = [image for image in run.evalImgs if image]
    theirs = {
        (image["category_id"], score, bool(found))
        for image in images
        for score, found in zip(image["dtScores"], image["dtMatches"][0], strict=True)
    }
    mine = zip(matches.idents.tolist(), matches.confidence.tolist(), matches.right.tolist(), strict=True)
    assert set(mine) == theirs
    precisions = run.eval["precision"][0, :, :, 0, 0]  # (recalls, classes)
    for ident in range(1, len(SPACE)):
        assert detection.average_precision(matches, ident) == pytest.approx(precisions[:, ident - 1].mean(), abs=2e-4)
    assert detection.mean_average_precision(matches) == pytest.approx(precisions.mean(), abs=2e-4)
    assert 0.2 < detection.precision(matches) < 0.9  # neither all nor nothing was found


@given(st.integers(0, 2**32 - 1))
def test_neither_the_order_of_pictures_nor_the_scale_of_confidence_matters(seed):
    pictures = drawn(seed)
    matches = pooled(pictures)
    for other in (
        pooled(pictures[::-1]),
        pooled([([region(one.ident, one.box, one.confidence**2) for one in found], b) for found, b in pictures]),
    ):
        for score in (detection.precision, detection.recall, detection.mean_average_precision):
            assert score(other) == pytest.approx(score(matches))


@given(st.integers(0, 2**32 - 1))
def test_the_truth_itself_is_perfect(seed):
    rng = np.random.default_rng(seed)
    pictures = [
        ([region(row[0], tuple(row[1:]), float(rng.random())) for row in boxes.tolist()], boxes)
        for boxes in (boxes_of(rng, 4) for _ in range(3))
    ]
    matches = pooled(pictures)
    assert detection.precision(matches) == detection.recall(matches) == 1
    assert detection.mean_average_precision(matches) == 1
