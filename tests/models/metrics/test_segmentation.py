from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import confusion_matrix, f1_score, jaccard_score, precision_score, recall_score

from data import row_chunks
from data.label_space import IGNORE, LabelSpace
from models.metrics import segmentation
from tests.models.metrics.label_maps import (
    COLOURS,
    NAN,
    NO_VOID,
    VOID_LAST,
    VOID_MIDDLE,
    Labels,
    Maps,
    counted,
    grid,
    label_maps,
)


class Case(NamedTuple):
    """A pair of small label maps, and its scores worked by hand; lists are per scored class."""

    space: LabelSpace
    truth: list[str]
    predicted: list[str]
    true_positives: list[int]
    false_positives: list[int]
    false_negatives: list[int]
    iou: list[float]
    mean_iou: float
    pixel_accuracy: float
    mean_accuracy: float
    frequency_weighted_iou: float


CASES = {
    "perfect": Case(
        NO_VOID, ["0011", "2211"], ["0011", "2211"], [2, 4, 2], [0, 0, 0], [0, 0, 0], [1, 1, 1], 1, 1, 1, 1
    ),
    "some wrong": Case(
        *(NO_VOID, ["0000", "1122"], ["0001", "1102"], [3, 2, 1], [1, 1, 0], [1, 0, 1]),
        *([3 / 5, 2 / 3, 1 / 2], (3 / 5 + 2 / 3 + 1 / 2) / 3, 6 / 8, (3 / 4 + 1 + 1 / 2) / 3),
        (4 * 3 / 5 + 2 * 2 / 3 + 2 * 1 / 2) / 8,
    ),
    "a false positive on void counts nowhere": Case(
        *(VOID_LAST, ["0013", "0033"], ["0010", "0111"], [3, 1, 0], [0, 1, 0], [1, 0, 0]),
        *([3 / 4, 1 / 2, NAN], 5 / 8, 4 / 5, (3 / 4 + 1) / 2, (4 * 3 / 4 + 1 / 2) / 5),
    ),
    "void in the middle of the ids": Case(
        *(VOID_MIDDLE, ["0021", "0011"], ["0020", "0222"], [3, 1, 0], [0, 1, 0], [1, 0, 0]),
        *([3 / 4, 1 / 2, NAN], 5 / 8, 4 / 5, (3 / 4 + 1) / 2, (4 * 3 / 4 + 1 / 2) / 5),
    ),
    "predicted, but absent from truth": Case(
        *(NO_VOID, ["0011"], ["0211"], [1, 2, 0], [0, 0, 1], [1, 0, 0]),
        *([1 / 2, 1, NAN], 3 / 4, 3 / 4, 3 / 4, (2 / 2 + 2) / 4),
    ),
    "absent from both": Case(NO_VOID, ["0000"], ["0000"], [4, 0, 0], [0, 0, 0], [0, 0, 0], [1, NAN, NAN], 1, 1, 1, 1),
    "all void": Case(
        *(VOID_LAST, ["33", "33"], ["01", "22"], [0, 0, 0], [0, 0, 0], [0, 0, 0]),
        *([NAN, NAN, NAN], NAN, NAN, NAN, NAN),
    ),
    "one pixel, right": Case(NO_VOID, ["1"], ["1"], [0, 1, 0], [0, 0, 0], [0, 0, 0], [NAN, 1, NAN], 1, 1, 1, 1),
    "one pixel, wrong": Case(NO_VOID, ["1"], ["2"], [0, 0, 0], [0, 0, 1], [0, 1, 0], [NAN, 0, NAN], 0, 0, 0, 0),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_scores_are_those_worked_by_hand(case: Case) -> None:
    matrix = segmentation.confusion(grid(*case.truth), grid(*case.predicted), case.space)
    assert matrix.dtype == np.int64
    tp, fp, fn = segmentation.tp_fp_fn(matrix)
    assert [list(tp), list(fp), list(fn)] == [*case[3:6]]
    np.testing.assert_allclose(segmentation.iou(tp, fp, fn), case.iou)
    np.testing.assert_allclose(segmentation.mean_iou(matrix), case.mean_iou)
    np.testing.assert_allclose(segmentation.pixel_accuracy(matrix), case.pixel_accuracy)
    np.testing.assert_allclose(segmentation.mean_over_present(segmentation.accuracy(tp, fn)), case.mean_accuracy)
    np.testing.assert_allclose(segmentation.frequency_weighted_iou(matrix), case.frequency_weighted_iou)


@given(label_maps())
def test_confusion_and_iou_agree_with_scikit_learn(maps: Maps) -> None:
    truth, predicted, confidence = maps
    matrix = counted(truth, predicted, VOID_MIDDLE, confidence).confusion
    np.testing.assert_array_equal(matrix, segmentation.confusion(truth, predicted, VOID_MIDDLE))
    scored = np.isin(truth, VOID_MIDDLE.scored)
    assert matrix.sum() == truth.size
    assert matrix[-1].sum() == truth.size - scored.sum()
    assert not matrix[:, -1].any()
    ids = list(VOID_MIDDLE.scored)
    if not scored.any():
        assert not matrix[:-1].any()
        return
    expected = confusion_matrix(truth[scored], predicted[scored], labels=ids)
    np.testing.assert_array_equal(matrix[:-1, :-1], expected)
    present = [ident for ident in ids if (truth == ident).any()]
    jaccard = jaccard_score(truth[scored], predicted[scored], labels=present, average=None)
    iou = segmentation.iou(*segmentation.tp_fp_fn(matrix))
    np.testing.assert_allclose(iou[~np.isnan(iou)], jaccard)
    assert segmentation.mean_iou(matrix) == pytest.approx(jaccard.mean())
    scores = segmentation.class_scores(*segmentation.tp_fp_fn(matrix))
    for key, expected_by in {"dice": f1_score, "precision": precision_score, "recall": recall_score}.items():
        by_class = expected_by(truth[scored], predicted[scored], labels=present, average=None, zero_division=np.nan)
        np.testing.assert_allclose(scores[key][[ids.index(ident) for ident in present]], by_class, err_msg=key)


def test_row_chunks_do_not_change_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_chunks, "PIXELS", 256 * 5)
    random = np.random.default_rng(0)
    truth = random.integers(0, 4, (3 * 256 + 17, 5), np.uint8)
    predicted = random.integers(0, 3, truth.shape, np.uint8)
    matrix = counted(truth, predicted, VOID_LAST).confusion
    np.testing.assert_array_equal(matrix, segmentation.confusion(truth, predicted, VOID_LAST))


def test_as_many_classes_as_ids_allow() -> None:
    space = LabelSpace(tuple(f"class {index}" for index in range(255)), COLOURS)
    truth = np.arange(255, dtype=np.uint8)[None]
    matrix = segmentation.confusion(truth, truth, space)
    np.testing.assert_array_equal(matrix, np.diag([1] * 255 + [0]))


@pytest.mark.parametrize(
    ("truth", "predicted", "message"),
    [
        (grid("0"), grid("3"), "prediction: the id 3"),
        (grid("0"), np.array([[IGNORE]], np.uint8), "prediction: the id 255"),
        (grid("4"), grid("0"), "truth: the id 4"),
        (grid("00"), grid("0"), "shape"),
    ],
)
def test_ids_and_shapes_that_do_not_fit_are_refused(truth: Labels, predicted: Labels, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        segmentation.confusion(truth, predicted, VOID_LAST)
