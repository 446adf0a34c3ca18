import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.metrics import confusion_matrix, jaccard_score

from data import row_chunks
from data.label_space import IGNORE, LabelSpace
from models.metrics import segmentation

COLOURS = tuple(f"#{index:06x}" for index in range(255))
NO_VOID = LabelSpace(("cat", "dog", "cow"), COLOURS[:3])
VOID_LAST = LabelSpace(("cat", "dog", "cow", "void"), COLOURS[:4], void=3)
VOID_MIDDLE = LabelSpace(("cat", "void", "dog", "cow"), COLOURS[:4], void=1)
NAN = math.nan

Labels = NDArray[np.uint8]
Maps = tuple[Labels, Labels, NDArray[np.float32]]
"""Truth, prediction and confidence of one image."""


def grid(*rows: str) -> Labels:
    """Read a label map from one string of digits per row."""
    return np.array([[int(digit) for digit in row] for row in rows], np.uint8)


def counted(
    truth: Labels, predicted: Labels, space: LabelSpace, confidence: NDArray[np.float32] | None = None
) -> segmentation.Counts:
    confidence = np.ones(truth.shape, np.float32) if confidence is None else confidence
    return segmentation.count(truth, predicted, confidence, space)


@st.composite
def label_maps(draw: st.DrawFn, space: LabelSpace = VOID_MIDDLE) -> Maps:
    """Draw truth (all ids of the space, and padding), prediction (scored ids) and confidence of one shape."""
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 24)))
    truth_ids = st.sampled_from([*range(len(space)), IGNORE])
    truth = draw(arrays.arrays(np.uint8, shape, elements=truth_ids, fill=truth_ids))
    predicted_ids = st.sampled_from(space.scored)
    predicted = draw(arrays.arrays(np.uint8, shape, elements=predicted_ids, fill=predicted_ids))
    confidence = draw(arrays.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    return truth, predicted, confidence


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


@given(st.lists(label_maps(), min_size=2, max_size=4))
def test_counts_add_up(images: list[Maps]) -> None:
    counts = [counted(truth, predicted, VOID_MIDDLE, confidence) for truth, predicted, confidence in images]
    pooled = sum(counts, segmentation.Counts.none(VOID_MIDDLE))
    truth, predicted, confidence = (
        np.concatenate([part.ravel() for part in parts])[None] for parts in zip(*images, strict=True)
    )
    whole = counted(truth, predicted, VOID_MIDDLE, confidence)
    np.testing.assert_array_equal(pooled.confusion, whole.confusion)
    np.testing.assert_array_equal(pooled.bin_pixels, whole.bin_pixels)
    np.testing.assert_array_equal(pooled.bin_correct, whole.bin_correct)
    np.testing.assert_allclose(pooled.bin_confidence, whole.bin_confidence)


@given(label_maps())
def test_predictions_on_void_are_ignored(maps: Maps) -> None:
    truth, predicted, confidence = maps
    void = ~np.isin(truth, VOID_MIDDLE.scored)
    other = np.where(void, VOID_MIDDLE.scored[0], predicted).astype(np.uint8)
    one = counted(truth, predicted, VOID_MIDDLE, confidence)
    two = counted(truth, other, VOID_MIDDLE, np.where(void, 0.5, confidence).astype(np.float32))
    np.testing.assert_array_equal(one.confusion[:-1], two.confusion[:-1])
    for field in ("boundary_intersection", "boundary_union", "bin_pixels", "bin_correct", "bin_confidence"):
        np.testing.assert_array_equal(getattr(one, field), getattr(two, field))


def boundary_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the boundary region of a mask as the paper has it: eroded step by step, zeros around the image."""
    steps = max(1, round(0.02 * math.sqrt(mask.shape[0] ** 2 + mask.shape[1] ** 2)))
    eroded = ndimage.binary_erosion(mask, np.ones((3, 3)), iterations=steps, border_value=0)
    return mask & ~eroded


def assert_boundary_counts_are_right(truth: Labels, predicted: Labels, space: LabelSpace) -> None:
    counts = counted(truth, predicted, space)
    valid = np.isin(truth, space.scored)
    for index, ident in enumerate(space.scored):
        one, two = boundary_of(truth == ident), boundary_of((predicted == ident) & valid)
        assert counts.boundary_intersection[index] == (one & two).sum()
        assert counts.boundary_union[index] == (one | two).sum()


@given(label_maps())
def test_boundary_regions_agree_with_erosion_class_by_class_on_noise(maps: Maps) -> None:
    assert_boundary_counts_are_right(maps[0], maps[1], VOID_MIDDLE)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (97, 61), (120, 140), (240, 320)])
def test_boundary_regions_agree_with_erosion_class_by_class_on_blobs(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(5)

    def blobs(ids: list[int]) -> Labels:
        noise = np.stack([ndimage.gaussian_filter(random.normal(size=shape), 9) for _ in ids])
        return np.array(ids, np.uint8)[noise.argmax(axis=0)]

    assert_boundary_counts_are_right(blobs([0, 1, 2, 3]), blobs([0, 2, 3]), VOID_MIDDLE)


def test_boundary_iou_worked_by_hand() -> None:
    truth = np.zeros((20, 50), np.uint8)  # diagonal 53.9: the region is one pixel wide
    truth[5:15, 10:20] = 1
    predicted = np.zeros_like(truth)
    predicted[5:15, 10:21] = 1  # one column too many
    counts = counted(truth, predicted, NO_VOID)
    # The square's contour: 36 pixels of truth, 38 of the prediction; they share the left column and both long sides.
    assert counts.boundary_intersection[1] == 28
    assert counts.boundary_union[1] == 36 + 38 - 28
    # The background's contour: 136 at the image's border, and 44 (prediction: 46) around the square; of these they
    # share the rows above and below and the column on the left.
    shared = 136 + 12 + 12 + 10
    assert counts.boundary_intersection[0] == shared
    assert counts.boundary_union[0] == (136 + 44) + (136 + 46) - shared
    assert segmentation.boundary_iou(counts) == pytest.approx((28 / 46 + shared / (180 + 182 - shared)) / 2)


@pytest.mark.parametrize(
    ("truth", "predicted", "expected"),
    [
        (["0011", "0011"], ["0011", "0011"], 1.0),
        (["0011"], ["0211"], 3 / 4),  # the class that only the prediction has is not in the mean
        (["33"], ["01"], NAN),
        (["1"], ["2"], 0.0),
        (["13"], ["10"], 1.0),
    ],
)
def test_boundary_iou_at_the_edges(truth: list[str], predicted: list[str], expected: float) -> None:
    result = segmentation.boundary_iou(counted(grid(*truth), grid(*predicted), VOID_LAST))
    np.testing.assert_equal(result, expected)


@given(label_maps())
def test_calibration_error_agrees_with_a_plain_loop(maps: Maps) -> None:
    truth, predicted, confidence = maps
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(15)]
    for ident, answer, sure in zip(truth.flat, predicted.flat, confidence.flat, strict=True):
        if ident in VOID_MIDDLE.scored:
            place = next(k for k in range(15) if float(sure) * 15 <= k + 1)
            bins[place].append((float(sure), ident == answer))
    pixels = sum(len(members) for members in bins)
    expected = sum(
        abs(sum(right for _, right in members) / len(members) - sum(sure for sure, _ in members) / len(members))
        * len(members)
        / pixels
        for members in bins
        if members
    )
    counts = counted(truth, predicted, VOID_MIDDLE, confidence)
    assert list(counts.bin_pixels) == [len(members) for members in bins]
    result = segmentation.calibration_error(counts)
    assert math.isnan(result) if pixels == 0 else result == pytest.approx(expected, abs=1e-9)


def test_calibration_error_by_hand() -> None:
    truth = np.zeros((1, 10), np.uint8)
    predicted = grid("0000000011")  # 80 % right
    assert (
        segmentation.calibration_error(counted(truth, predicted, NO_VOID, np.full((1, 10), 0.75, np.float32))) == 0.05
    )


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
    with pytest.raises(ValueError, match=message if message != "shape" else "must be one"):
        counted(truth, predicted, VOID_LAST)
