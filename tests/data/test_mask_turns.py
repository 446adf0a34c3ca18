import numpy as np
import pytest
from PIL import Image

from data.decode import UPRIGHT
from data.mask_turns import turns

LABELS = np.array([[0, 1, 2], [3, 4, 5]], np.uint8)
HEIGHT_AND_WIDTH = (2, 3)


def stored(orientation: int, labels: np.ndarray = LABELS) -> np.ndarray:
    """Return a label map as a camera stores a picture with this EXIF orientation: Pillow's operation, undone."""
    undo = {
        Image.Transpose.ROTATE_90: Image.Transpose.ROTATE_270,
        Image.Transpose.ROTATE_270: Image.Transpose.ROTATE_90,
    }
    operation = UPRIGHT[orientation]
    return np.asarray(Image.fromarray(labels).transpose(undo.get(operation, operation)))


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_mask_as_stored_is_turned_like_the_photograph(orientation):
    mask = stored(orientation)
    found = turns(mask.shape, HEIGHT_AND_WIDTH, orientation)
    assert found.default == 0
    assert "2x3" in found.reason
    assert np.array_equal(found.options[0].apply(mask), LABELS)
    assert all(turn.apply(mask).shape == HEIGHT_AND_WIDTH for turn in found.options)
    assert len({turn.title for turn in found.options}) == len(found.options) > 1


@pytest.mark.parametrize("orientation", [2, 3, 4])
def test_a_mask_of_either_size_may_be_upright_or_as_stored(orientation):
    found = turns(HEIGHT_AND_WIDTH, HEIGHT_AND_WIDTH, orientation)
    assert np.array_equal(found.options[0].apply(LABELS), LABELS)
    assert np.array_equal(found.options[1].apply(stored(orientation)), LABELS)
    assert (len(found.options), found.default) == (2, 0)


def test_a_square_mask_may_be_upright_or_as_stored():
    square = LABELS[:, :2]
    found = turns((2, 2), (2, 2), 6)
    assert [turn.apply(stored(6, square)).tolist() for turn in found.options] == [
        stored(6, square).tolist(),
        square.tolist(),
    ]


@pytest.mark.parametrize("orientation", [1, 5, 6, 7, 8])
def test_a_mask_of_the_upright_size_stays_as_it_is(orientation):
    found = turns(HEIGHT_AND_WIDTH, HEIGHT_AND_WIDTH, orientation)
    assert [turn.operation for turn in found.options] == [None]
    assert (found.default, found.reason) == (0, "")


@pytest.mark.parametrize("orientation", [1, 2, 3, 4])
def test_a_mask_on_its_side_has_no_default(orientation):
    found = turns((3, 2), HEIGHT_AND_WIDTH, orientation)
    assert found.default is None
    assert {"2x3", "3x2"} <= set(found.reason.replace(",", "").split())
    right, left = (turn.apply(LABELS.T.copy()) for turn in found.options)
    assert np.array_equal(right, np.rot90(LABELS.T, -1))
    assert np.array_equal(left, np.rot90(LABELS.T))
