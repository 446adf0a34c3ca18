import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.label_space import IGNORE
from models.metrics.counts import Counts, count
from tests.models.metrics.label_maps import VOID_LAST, VOID_MIDDLE, Labels, Maps, counted, grid, label_maps


@given(st.lists(label_maps(), min_size=2, max_size=4))
def test_counts_add_up(images: list[Maps]) -> None:
    counts = [counted(truth, predicted, VOID_MIDDLE, confidence) for truth, predicted, confidence in images]
    pooled = sum(counts, Counts.none(VOID_MIDDLE))
    truth, predicted, confidence = (
        np.concatenate([part.ravel() for part in parts])[None] for parts in zip(*images, strict=True)
    )
    whole = counted(truth, predicted, VOID_MIDDLE, confidence)
    np.testing.assert_array_equal(pooled.confusion, whole.confusion)
    np.testing.assert_array_equal(pooled.calibration.pixels, whole.calibration.pixels)
    np.testing.assert_array_equal(pooled.calibration.correct, whole.calibration.correct)
    np.testing.assert_allclose(pooled.calibration.confidence, whole.calibration.confidence)


@given(label_maps())
def test_predictions_on_void_are_ignored(maps: Maps) -> None:
    truth, predicted, confidence = maps
    void = ~np.isin(truth, VOID_MIDDLE.scored)
    other = np.where(void, VOID_MIDDLE.scored[0], predicted).astype(np.uint8)
    one = counted(truth, predicted, VOID_MIDDLE, confidence)
    two = counted(truth, other, VOID_MIDDLE, np.where(void, 0.5, confidence).astype(np.float32))
    np.testing.assert_array_equal(one.confusion[:-1], two.confusion[:-1])
    for part in ("boundary", "calibration"):
        for field, values in vars(getattr(one, part)).items():
            np.testing.assert_array_equal(values, vars(getattr(two, part))[field], err_msg=field)


@pytest.mark.parametrize(
    ("truth", "predicted", "message"),
    [
        (grid("0"), grid("3"), "prediction: the id 3"),
        (grid("0"), np.array([[IGNORE]], np.uint8), "prediction: the id 255"),
        (grid("4"), grid("0"), "truth: the id 4"),
        (grid("00"), grid("0"), "must be one"),
    ],
)
def test_ids_and_shapes_that_do_not_fit_are_refused(truth: Labels, predicted: Labels, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        counted(truth, predicted, VOID_LAST)


def test_a_squared_error_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="squared error"):
        count(grid("00"), grid("00"), None, VOID_LAST, np.zeros((1, 1), np.float32))
