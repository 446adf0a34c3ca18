"""Resize, histogram, palette PNG and overlay of label maps, each against a reference."""

import io
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from data import datasets, row_chunks
from data.label_maps import label_histogram, overlay, palette_png, quick_palette_png, resize_nearest
from data.label_space import LabelSpace

VOID = LabelSpace(("sky", "road", "void"), ("#0072b2", "#f0e442", "#808080"), void=2)
NO_VOID = LabelSpace(VOID.names, VOID.colours)
SIDE = st.integers(1, 40)


def label_map(seed: int, height: int, width: int, values: int = 256) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, values, (height, width)).astype(np.uint8)


@given(SIDE, SIDE, SIDE, SIDE)
def test_a_pixel_takes_the_label_that_its_centre_falls_into(height, width, new_height, new_width):
    labels = label_map(0, height, width)
    rows = [int(Fraction(2 * row + 1, 2) * height / new_height) for row in range(new_height)]
    columns = [int(Fraction(2 * column + 1, 2) * width / new_width) for column in range(new_width)]
    resized = resize_nearest(labels, new_height, new_width)
    assert resized.dtype == np.uint8
    assert np.array_equal(resized, labels[np.ix_(rows, columns)])


@given(SIDE, SIDE, st.integers(1, 5), st.integers(1, 5))
def test_enlarging_by_whole_numbers_and_shrinking_again_changes_nothing(height, width, down, right):
    labels = label_map(1, height, width)
    large = resize_nearest(labels, height * down, width * right)
    assert np.array_equal(large, labels.repeat(down, 0).repeat(right, 1))
    assert np.array_equal(resize_nearest(large, height, width), labels)


def test_resizing_to_the_same_size_returns_a_copy():
    labels = label_map(2, 4, 5)
    resized = resize_nearest(labels, 4, 5)
    assert np.array_equal(resized, labels)
    assert not np.shares_memory(resized, labels)


def opencv_nearest(labels: np.ndarray, height: int, width: int) -> np.ndarray:
    return cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)


@pytest.mark.parametrize("size", [(360, 480), (500, 375), (333, 500), (640, 480)])
@pytest.mark.parametrize("longest", [256, 800, 1600])
def test_it_equals_opencv_at_the_sizes_that_pages_and_previews_use(size, longest):
    scale = min(1, longest / max(size))
    labels, shape = label_map(3, *size), [round(side * scale) for side in size]
    assert np.array_equal(resize_nearest(labels, *shape), opencv_nearest(labels, *shape))


def test_opencv_is_inexact_where_a_centre_falls_between_two_pixels():
    """The reason for not using cv2.INTER_NEAREST_EXACT: the centre of pixel 3 of 7 is at 1.0 of 2, so in pixel 1."""
    labels = np.array([[0, 1]], np.uint8)
    assert resize_nearest(labels, 1, 7).tolist() == [[0, 0, 0, 1, 1, 1, 1]]
    assert opencv_nearest(labels, 1, 7).tolist() == [[0, 0, 0, 0, 1, 1, 1]]


@settings(max_examples=50)
@given(arrays(np.uint8, st.tuples(SIDE, SIDE)), st.integers(1, 2000))
def test_the_histogram_counts_every_value(labels, pixels):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_chunks, "PIXELS", pixels)
        assert label_histogram(labels).tolist() == np.bincount(labels.ravel(), minlength=256).tolist()


def test_the_histogram_of_a_strided_view():
    labels = label_map(4, 30, 40)[::2, ::3]
    assert label_histogram(labels).tolist() == np.bincount(labels.ravel(), minlength=256).tolist()


@pytest.mark.parametrize("dataset", datasets.names())
@pytest.mark.parametrize("optimize", [False, True])
def test_a_palette_png_holds_ids_and_colours(dataset, optimize):
    space, labels = datasets.get(dataset).label_space, label_map(5, 37, 51)
    content = palette_png(labels, space, optimize=optimize)
    assert content[24:26] == bytes([8, 3]), "bit depth 8, colour type palette"
    image = Image.open(io.BytesIO(content))
    assert np.array_equal(np.asarray(image), labels)
    assert np.array_equal(np.asarray(image.convert("RGB")), space.palette()[labels])


@pytest.mark.parametrize("dataset", datasets.names())
@pytest.mark.parametrize("size", [(37, 51), (1, 1), (1, 300), (300, 1)])
def test_a_quick_palette_png_holds_the_same(dataset, size):
    space, labels = datasets.get(dataset).label_space, label_map(5, *size)
    quick, usual = (Image.open(io.BytesIO(encode(labels, space))) for encode in (quick_palette_png, palette_png))
    assert np.array_equal(np.asarray(quick), labels)
    assert (quick.mode, quick.getpalette(), quick.info) == (usual.mode, usual.getpalette(), usual.info)


@pytest.mark.parametrize("block", [1, 8])
def test_a_quick_palette_png_is_no_larger_than_others(block):
    rng = np.random.default_rng(0)
    smooth = cv2.resize(rng.normal(size=(8, 10, 5)), (640 // block, 480 // block), interpolation=cv2.INTER_CUBIC)
    labels = np.kron(smooth.argmax(axis=2), np.ones((block, block))).astype(np.uint8)
    assert len(quick_palette_png(labels, NO_VOID)) < 1.1 * len(palette_png(labels, NO_VOID))


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"transparency": 255}])
def test_the_bytes_equal_pillows(options):
    """Published previews and label maps are compared byte by byte, so the encoding must not change."""
    labels, expected = label_map(6, 37, 51, values=3), io.BytesIO()
    image = Image.fromarray(labels)
    image.putpalette(VOID.palette().tobytes())
    image.save(expected, "PNG", **options)
    given_options = {"transparent" if key == "transparency" else key: value for key, value in options.items()}
    assert palette_png(labels, VOID, **given_options) == expected.getvalue()


def test_only_the_transparent_value_is_transparent():
    labels = label_map(7, 20, 20)
    image = Image.open(io.BytesIO(palette_png(labels, VOID, transparent=255))).convert("RGBA")
    assert np.array_equal(np.asarray(image)[..., 3] == 0, labels == 255)


@settings(max_examples=50)
@given(SIDE, SIDE, st.floats(0, 1), st.integers(1, 2000))
def test_an_overlay_blends_all_but_void(height, width, opacity, pixels):
    labels = label_map(8, height, width, values=3)
    image = np.random.default_rng(9).integers(0, 256, (height, width, 3)).astype(np.uint8)
    blended = cv2.addWeighted(image, 1 - opacity, VOID.palette()[labels], opacity, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_chunks, "PIXELS", pixels)
        assert np.array_equal(overlay(image, labels, NO_VOID, opacity), blended)
        shown = overlay(image, labels, VOID, opacity)
    assert np.array_equal(shown, np.where((labels == 2)[..., None], image, blended))


def test_an_overlay_is_image_or_colours_at_the_ends():
    labels = label_map(10, 8, 9, values=2)
    image = np.random.default_rng(11).integers(0, 256, (8, 9, 3)).astype(np.uint8)
    assert np.array_equal(overlay(image, labels, VOID, 0), image)
    assert np.array_equal(overlay(image, labels, VOID, 1), VOID.palette()[labels])
