"""Decoding pictures and preparing them for the browser."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from data.decode import ImageError
from pages.shared.content import images
from pages.shared.content.images import Picture, display


def png(height, width, seed=0):
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)).save(content, "PNG")
    return content.getvalue()


def decoded(address):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1, 1), (1, 1)),
        ((300, 451), (300, 451)),
        ((2000, 3000), (853, 1280)),
        ((3000, 2), (1280, 1)),
        ((1, 5000), (1, 1280)),
    ],
)
def test_the_browser_gets_a_picture_of_bounded_size(size, shown):
    picture = Picture(f"{size}", "x.png", "", content=png(*size))
    result = display(picture)
    assert (result.size, result.shown) == (size, shown)
    assert decoded(result.jpeg).shape == (*shown, 3)
    assert max(decoded(images.thumbnail(picture)).shape) <= images.THUMBNAIL_SIDE


def test_the_browser_gets_the_right_colours():
    content = io.BytesIO()
    Image.new("RGB", (16, 16), (250, 120, 10)).save(content, "PNG")
    seen = decoded(display(Picture("orange", "orange.png", "", content=content.getvalue())).jpeg)
    assert np.abs(seen.astype(int) - (250, 120, 10)).max() <= 3


def test_the_error_for_a_picture_that_cannot_be_decoded_names_it():
    with pytest.raises(ImageError, match=r"bad\.png"):
        Picture("bad", "bad.png", "", content=b"nothing").pixels()


def test_pixels_are_shared_and_cannot_be_changed():
    picture = Picture("shared", "x.png", "", content=png(4, 4))
    assert picture.pixels() is picture.pixels()
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels()[0, 0] = 0


def test_sample_pictures_can_be_decoded_and_have_a_credit():
    for picture in images.sample_pictures():
        assert picture.credit
        assert picture.kinds
        assert display(picture).size == picture.pixels().shape[:2]
