import cv2
import numpy as np
import pytest

from models.metrics import temporal
from models.metrics.temporal import Motion

RNG = np.random.default_rng(0)


def texture(height: int, width: int) -> np.ndarray:
    coarse = RNG.integers(0, 256, (height // 4 + 1, width // 4 + 1), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def slow_trusted(to_previous, to_current) -> np.ndarray:
    """Follow every pixel there and back, one by one, with bilinear interpolation written out."""
    height, width = to_previous.shape[:2]
    result = np.zeros((height, width), bool)
    for row in range(height):
        for column in range(width):
            across, down = (float(value) for value in to_previous[row, column])
            x, y = column + across, row + down
            if not (0 <= x <= width - 1 and 0 <= y <= height - 1):
                continue
            left, top = min(int(x), width - 2), min(int(y), height - 2)
            a, b = x - left, y - top
            back = (
                (1 - a) * (1 - b) * to_current[top, left]
                + a * (1 - b) * to_current[top, left + 1]
                + (1 - a) * b * to_current[top + 1, left]
                + a * b * to_current[top + 1, left + 1]
            ).astype(float)
            remaining = (across + back[0]) ** 2 + (down + back[1]) ** 2
            ways = across**2 + down**2 + back[0] ** 2 + back[1] ** 2
            result[row, column] = remaining <= 0.01 * ways + 0.5
    return result


def slow_figures(previous, current, flow, trusted, classes):
    """Count pixel by pixel, and compute the metrics from sets of pixels."""
    height, width = previous.shape
    before, now = {}, {}
    for row in range(height):
        for column in range(width):
            if trusted[row, column]:
                y, x = round(row + float(flow[row, column, 1])), round(column + float(flow[row, column, 0]))
                before[row, column], now[row, column] = previous[y, x], current[row, column]
    overlaps, flicker = [], []
    for one in range(classes):
        old, new = ({place for place, label in labels.items() if label == one} for labels in (before, now))
        if old | new:
            overlaps.append(len(old & new) / len(old | new))
        flicker.append(len(old - new) / len(old) if old else np.nan)
    changed = sum(before[place] != now[place] for place in before) / len(before)
    return float(np.mean(overlaps)), changed, flicker


@pytest.mark.parametrize("classes", [3, 16, 17, 255])
def test_figures_agree_with_loops_over_pixels(classes):
    previous, current = RNG.integers(0, classes, (2, 23, 31), np.uint8)
    current[:12] = previous[:12]
    way = np.array([2.3, -1.4])
    flow = (way + RNG.normal(0, 0.3, (23, 31, 2))).astype(np.float32)
    back = (-way + RNG.normal(0, 0.5, flow.shape)).astype(np.float32)
    trusted = temporal.trusted(flow, back)
    assert 0.1 < trusted.mean() < 0.9
    # OpenCV interpolates in steps of 1/32 pixel, so a few borderline pixels may differ.
    assert (trusted == slow_trusted(flow, back)).mean() > 0.98
    counts = temporal.confusion(previous, current, Motion(flow, trusted), classes)
    assert counts.shape == (classes, classes)
    assert counts.sum() == trusted.sum()
    overlap, changed, flicker = slow_figures(previous, current, flow, trusted, classes)
    assert temporal.consistency(counts) == pytest.approx(overlap)
    assert temporal.flicker(counts) == pytest.approx(changed)
    np.testing.assert_allclose(temporal.class_flicker(counts), flicker)


def moving_square(step: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a textured square that moves over a textured ground, and its labels."""
    rng = np.random.default_rng(1)
    ground = cv2.resize(rng.integers(0, 120, (24, 32), np.uint8), (128, 96), interpolation=cv2.INTER_CUBIC)
    square = cv2.resize(rng.integers(130, 256, (10, 10), np.uint8), (40, 40), interpolation=cv2.INTER_CUBIC)
    image, labels = ground.copy(), np.zeros((96, 128), np.uint8)
    at = 20 + 3 * step
    image[28:68, at : at + 40], labels[28:68, at : at + 40] = square, 1
    return image, labels


def test_a_perfect_prediction_of_a_moving_square_is_consistent():
    flow = np.zeros((96, 128, 2), np.float32)
    (first, old), (second, new) = moving_square(0), moving_square(1)
    flow[new == 1, 0] = -3
    back = np.zeros_like(flow)
    back[old == 1, 0] = 3
    exact = Motion(flow, temporal.trusted(flow, back))
    assert not exact.trusted[40, 21], "uncovered ground has no counterpart"
    counts = temporal.confusion(old, new, exact, 2)
    assert temporal.consistency(counts) == 1.0
    assert temporal.flicker(counts) == 0.0
    estimated = temporal.motion(first, second)
    assert estimated.trusted.mean() > 0.8
    assert np.median(estimated.flow[new == 1], axis=0) == pytest.approx([-3, 0], abs=0.3)
    assert temporal.consistency(temporal.confusion(old, new, estimated, 2)) > 0.95
    still = Motion(np.zeros_like(flow), np.ones((96, 128), bool))
    assert temporal.consistency(temporal.confusion(old, new, still, 2)) < 0.95, "without the flow it looks unsteady"


def test_an_estimator_remembers_nothing_of_earlier_frames():
    used = temporal.estimator()
    frames = [moving_square(step)[0] for step in range(4)]
    for previous, current in [(frames[0], frames[3]), (texture(60, 80), texture(60, 80)), (frames[1], frames[2])]:
        moved, expected = temporal.motion(previous, current, used), temporal.motion(previous, current)
        np.testing.assert_array_equal(moved.flow, expected.flow)
        np.testing.assert_array_equal(moved.trusted, expected.trusted)


def test_a_class_that_flickers_shows_in_its_figure():
    image = texture(60, 80)
    moved = temporal.motion(image, image)
    assert moved.trusted.all()
    labels = np.zeros((60, 80), np.uint8)
    labels[:30], labels[45:] = 1, 2
    other = labels.copy()
    other[labels == 1] = 0
    counts = temporal.confusion(labels, other, moved, 3)
    np.testing.assert_array_equal(temporal.class_flicker(counts), [0, 1, 0])
    assert temporal.flicker(counts) == 0.5
    assert temporal.consistency(counts) == pytest.approx((15 / 45 + 0 + 1) / 3)
    back = temporal.confusion(other, labels, moved, 3)
    np.testing.assert_allclose(temporal.class_flicker(back), [30 / 45, np.nan, 0])


def test_a_cut_leaves_little_to_compare():
    moved = temporal.motion(texture(90, 160), texture(90, 160))
    assert moved.trusted.mean() < 0.5


def test_what_leaves_the_picture_is_not_compared():
    wide = texture(90, 200)
    moved = temporal.motion(wide[:, :160].copy(), wide[:, 10:170].copy())
    assert moved.trusted[20:70, 20:130].mean() > 0.95
    assert moved.trusted[20:70, -8:].mean() < 0.3


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (15, 15), (16, 16), (1, 16)])
def test_any_size(size):
    image = RNG.integers(0, 256, size, np.uint8)
    moved = temporal.motion(image, image)
    labels = RNG.integers(0, 5, size, np.uint8)
    assert temporal.consistency(temporal.confusion(labels, labels, moved, 5)) == 1


def test_nothing_to_compare():
    counts = np.zeros((3, 3), np.int64)
    assert np.isnan([temporal.consistency(counts), temporal.flicker(counts), *temporal.class_flicker(counts)]).all()
    labels = np.zeros((4, 4), np.uint8)
    nowhere = Motion(np.zeros((4, 4, 2), np.float32), np.zeros((4, 4), bool))
    assert temporal.confusion(labels, labels, nowhere, 3).tolist() == counts.tolist()


def test_grey_has_the_working_size():
    assert temporal.grey(np.zeros((720, 1280, 3), np.uint8)).shape == temporal.working_size(720, 1280)
    assert temporal.working_size(1, 4000) == (1, 384)
