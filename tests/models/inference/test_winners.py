import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.geometry import letterbox
from models.inference import winners
from models.inference.winners import Winners


def resized(planes, size):
    """Resize ``(C, h, w)`` bilinearly in double precision, by the definition, independently of OpenCV."""
    _, height, width = planes.shape
    axes = []
    for pixels, scores in zip(size, (height, width), strict=True):
        position = np.clip((np.arange(pixels) + 0.5) * scores / pixels - 0.5, 0, scores - 1)
        weights = np.maximum(0, 1 - np.abs(position[:, None] - np.arange(scores)))  # (pixels, scores)
        axes.append(weights)
    return np.einsum("yh,chw,xw->cyx", axes[0], planes.astype(np.float64), axes[1])


def check(ids, planes, size, rows):
    found, score = Winners(ids, planes, letterbox(size, planes.shape[1:], "stretch")).rows(rows)
    expected = resized(planes, size)[:, rows]
    scale = np.abs(planes).max()
    won = np.take_along_axis(expected, np.searchsorted(ids, found)[None], axis=0)[0]
    np.testing.assert_allclose(won, expected.max(axis=0), atol=2e-6 * scale)
    np.testing.assert_allclose(score, expected.max(axis=0), atol=2e-6 * scale)
    assert found.dtype == np.uint8
    assert score.dtype == np.float32


@contextlib.contextmanager
def deciding(way):
    """Have pixels decided with cells, class by class, or as is cheaper."""
    with pytest.MonkeyPatch.context() as patch:
        if way == "cells":
            patch.setattr(winners, "LEAST_PIXELS", 0)
            patch.setattr(winners, "CELL", -(10**9))
        elif way == "class by class":
            patch.setattr(winners, "LEAST_PIXELS", 10**9)
        yield


WAYS = pytest.mark.parametrize("way", ["cells", "class by class", "as is cheaper"])


@WAYS
@given(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.lists(st.integers(0, 255), min_size=1, max_size=7, unique=True).map(lambda ids: tuple(sorted(ids))),
    st.sampled_from(["noise", "regions", "few values", "logits"]),
    st.integers(0, 89),
    st.integers(1, 90),
    st.integers(0, 1000),
)
@pytest.mark.filterwarnings("error")
def test_the_highest_resized_score_wins(way, size, shape, ids, kind, start, count, seed):
    random = np.random.default_rng(seed)
    planes = random.random((len(ids), *shape), np.float32)
    if kind == "regions":
        planes = planes**8 + random.integers(0, 2, (len(ids), 1, shape[1])).astype(np.float32)
    elif kind == "few values":
        planes = random.integers(0, 3, planes.shape).astype(np.float32)
    elif kind == "logits":
        planes = (planes - 0.7) * 300
    with deciding(way):
        check(ids, planes, size, slice(start % size[0], min(start % size[0] + count, size[0])))


@WAYS
def test_a_class_may_win_between_corners_where_it_wins_at_none(way):
    planes = np.zeros((4, 1, 2), np.float32)
    planes[0], planes[1], planes[2], planes[3] = [0.6, 0], [0, 0.6], [0.4, 0.4], [0.0, 0.0]
    size = (20, 40)
    with deciding(way):
        check((1, 5, 7, 9), planes, size, slice(0, 20))
        found, _ = Winners((1, 5, 7, 9), planes, letterbox(size, (1, 2), "stretch")).rows(slice(0, 20))
    assert set(found.ravel().tolist()) == {1, 5, 7}


@WAYS
def test_the_lowest_id_wins_where_all_are_equal(way):
    planes = np.full((5, 3, 4), 0.2, np.float32)
    with deciding(way):
        found, _ = Winners((2, 3, 5, 8, 9), planes, letterbox((60, 80), (3, 4), "stretch")).rows(slice(0, 60))
    assert (found == 2).all()


@WAYS
def test_scores_that_are_no_numbers_are_decided_somehow(way):
    planes = np.random.default_rng(0).random((4, 6, 6), np.float32)
    planes[:, 2:4] = np.nan
    with deciding(way):
        found, _ = Winners((2, 3, 5, 8), planes, letterbox((60, 80), (6, 6), "stretch")).rows(slice(0, 60))
    assert np.isin(found, (2, 3, 5, 8)).all()


def test_cells_are_left_out_only_where_that_is_cheaper():
    random = np.random.default_rng(0)
    noise = random.random((12, 32, 32), np.float32)
    halves = np.zeros_like(noise)
    halves[3, :, :16] = halves[7, :, 16:] = 1
    for planes, expected in ((noise, False), (halves, True)):
        decided = Winners(range(12), planes, letterbox((180, 320), (32, 32), "stretch"))
        assert decided._by_cells == expected
