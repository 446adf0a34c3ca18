import tracemalloc
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import samples
from data.geometry import PADDING, Letterbox, halved, image_to_network, letterbox, mask_to_network, scores_to_image
from data.label_maps import resize_nearest
from data.label_space import IGNORE

SIDES = st.one_of(st.integers(1, 40), st.integers(1, 500))
EXTREME = [(1, 1), (1, 4000), (4000, 1), (1, 100_000), (3, 2), (3000, 4000), (255, 257)]
RESIZES = ["stretch", "letterbox"]


@pytest.mark.parametrize(
    ("image", "network", "resize", "expected"),
    [
        ((300, 400), (256, 256), "stretch", (0, 0, 256, 256)),
        ((300, 400), (256, 256), "letterbox", (32, 0, 192, 256)),
        ((400, 300), (256, 256), "letterbox", (0, 32, 256, 192)),
        ((10, 10), (96, 128), "letterbox", (0, 16, 96, 96)),
        ((1, 4000), (224, 224), "letterbox", (111, 0, 1, 224)),
        ((4000, 1), (224, 224), "letterbox", (0, 111, 224, 1)),
        ((1, 1), (64, 64), "letterbox", (0, 0, 64, 64)),
        ((360, 480), (96, 128), "letterbox", (0, 0, 96, 128)),
    ],
)
def test_letterbox(image, network, resize, expected):
    assert letterbox(image, network, resize) == Letterbox(image, network, *expected)


@given(SIDES, SIDES, st.integers(8, 300), st.integers(8, 300))
def test_a_letterboxed_image_keeps_its_ratio_and_fills_one_axis(image_height, image_width, height, width):
    box = letterbox((image_height, image_width), (height, width), "letterbox")
    assert box.height == height or box.width == width
    assert 1 <= box.height <= height
    assert 1 <= box.width <= width
    assert 0 <= box.top <= height - box.height
    assert 0 <= box.left <= width - box.width
    assert abs(box.left - (width - box.width - box.left)) <= 1
    scale = min(height / image_height, width / image_width)
    assert abs(box.height - image_height * scale) <= 1
    assert abs(box.width - image_width * scale) <= 1


@pytest.mark.parametrize("resize", RESIZES)
@pytest.mark.parametrize("size", EXTREME)
def test_images_masks_and_scores_of_extreme_sizes_round_trip(size, resize):
    box = letterbox(size, (64, 96), resize)
    image = np.full((*size, 3), 200, np.uint8)
    mask = np.full(size, 7, np.uint8)
    shown = np.zeros((64, 96), bool)
    shown[box.window] = True
    small, labels = image_to_network(image, box), mask_to_network(mask, box)
    assert (small[shown] == 200).all()
    assert (small[~shown] == PADDING).all()
    assert (labels[shown] == 7).all()
    assert (labels[~shown] == IGNORE).all()
    scores = np.full((64, 96, 2), 0.25, np.float32)
    stripe = scores_to_image(scores, box, slice(0, 5))
    assert stripe.shape == (min(5, size[0]), size[1], 2)
    assert (stripe == 0.25).all()


def test_an_image_is_averaged_where_it_shrinks():
    fine = np.zeros((64, 64, 3), np.uint8)
    fine[::2] = 255  # any method but averaging meets a pattern here
    assert (image_to_network(fine, letterbox((64, 64), (32, 32), "stretch")) == 128).all()
    assert (
        image_to_network(fine, letterbox((64, 64), (16, 128), "stretch")) == 128
    ).all()  # also if the other axis grows


def test_an_image_of_the_networks_size_is_unchanged():
    image = samples.get("chelsea").load()
    assert np.array_equal(image_to_network(image, letterbox(image.shape[:2], image.shape[:2], "letterbox")), image)


@settings(deadline=None)
@given(SIDES, SIDES, st.integers(8, 64), st.integers(8, 64), st.sampled_from(RESIZES), st.integers(0, 2**32 - 1))
def test_a_mask_takes_the_label_under_each_pixels_centre(image_height, image_width, height, width, resize, seed):
    mask = np.random.default_rng(seed).integers(0, 4, (image_height, image_width)).astype(np.uint8)
    box = letterbox(mask.shape, (height, width), resize)
    labels = mask_to_network(mask, box)
    assert set(np.unique(labels)) <= set(np.unique(mask)) | {IGNORE}
    for row, column in [(0, 0), (box.height - 1, box.width - 1), (box.height // 2, box.width // 3)]:
        down = int(Fraction(2 * row + 1, 2) * image_height / box.height)
        right = int(Fraction(2 * column + 1, 2) * image_width / box.width)
        assert labels[box.top + row, box.left + column] == mask[down, right]


@given(st.integers(8, 40), st.integers(8, 40), st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_a_mask_survives_enlarging_by_whole_numbers(height, width, down, right, seed):
    mask = np.random.default_rng(seed).integers(0, 255, (height, width)).astype(np.uint8)
    large = mask_to_network(mask, letterbox(mask.shape, (height * down, width * right), "stretch"))
    assert np.array_equal(large, mask.repeat(down, 0).repeat(right, 1))
    assert np.array_equal(mask_to_network(large, letterbox(large.shape, mask.shape, "stretch")), mask)


def bilinear(scores, height, width):
    """Resize (h, w, C) in float64, straight from the definition: pixel centres at i + 0.5, clamped at the edges."""
    for axis, target in ((0, height), (1, width)):
        source = scores.shape[axis]
        at = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, source - 1)
        share = (at - low).reshape([-1 if other == axis else 1 for other in range(3)])
        scores = scores.take(low, axis) * (1 - share) + scores.take(high, axis) * share
    return scores


@settings(deadline=None)
@given(
    st.tuples(SIDES, SIDES),
    st.tuples(st.integers(8, 64), st.integers(8, 64)),
    st.sampled_from(RESIZES),
    st.sampled_from([1, 3, 4, 5, 12, 25]),
    st.integers(1, 70),
    st.integers(0, 2**32 - 1),
)
def test_scores_are_resized_bilinearly_in_row_chunks_of_any_height(image, network, resize, classes, stripe, seed):
    scores = np.random.default_rng(seed).random((*network, classes), np.float32)
    box = letterbox(image, network, resize)
    height, width = image
    whole = scores_to_image(scores, box, slice(0, height))
    stripes = [scores_to_image(scores, box, slice(top, top + stripe)) for top in range(0, height, stripe)]
    assert whole.dtype == np.float32
    assert np.abs(np.concatenate(stripes) - whole).max() < 1e-5  # OpenCV rounds a single row differently
    assert np.abs(whole - bilinear(scores[box.window].astype(np.float64), height, width)).max() < 1e-5


@pytest.mark.parametrize("classes", [1, 3, 25])
def test_scores_equal_opencvs_resize_of_the_whole(classes):
    scores = np.random.default_rng(1).random((96, 128, classes), np.float32)
    resized = cv2.resize(scores, (481, 333), interpolation=cv2.INTER_LINEAR).reshape(333, 481, classes)
    assert (
        np.abs(scores_to_image(scores, letterbox((333, 481), (96, 128), "stretch"), slice(None)) - resized).max() < 1e-5
    )


def test_padding_does_not_affect_the_scores_of_the_image():
    box = letterbox((100, 200), (64, 64), "letterbox")
    scores = np.full((64, 64, 1), np.nan, np.float32)
    scores[box.window] = 0.5
    assert (scores_to_image(scores, box, slice(0, 100)) == 0.5).all()


@pytest.mark.parametrize("size", [(1, 7), (5, 7), (64, 48)])
def test_scores_of_an_image_of_the_networks_size_are_exactly_the_networks(size):
    scores = np.random.default_rng(0).random((*size, 3), np.float32) ** 3  # differences of its values are rounded
    assert (scores_to_image(scores, letterbox(size, size, "stretch"), slice(None)) == scores).all()


@pytest.mark.parametrize("rows", [slice(10, 10), slice(20, 30), slice(5, 3)])
def test_no_rows_give_no_scores(rows):
    scores = np.zeros((8, 8, 3), np.float32)
    assert scores_to_image(scores, letterbox((10, 6), (8, 8), "stretch"), rows).shape == (0, 6, 3)


def test_image_and_mask_get_the_same_geometry():
    """A picture of its own mask still equals the mask after both were resized."""
    mask = np.kron(np.random.default_rng(2).integers(0, 2, (7, 9)), np.ones((23, 31))).astype(np.uint8)
    places = [letterbox(mask.shape, (64, 64), "stretch"), letterbox(mask.shape, (96, 128), "letterbox")]
    for box in [*places, letterbox(mask.shape, (256, 256), "stretch")]:
        image = image_to_network(np.repeat(mask[..., None] * 255, 3, axis=2), box)[..., 0]
        labels = mask_to_network(mask, box)
        sure = (image < 64) | (image > 191)
        shown = sure & (labels != IGNORE) & (image != PADDING)
        assert shown.sum() > 0.5 * box.height * box.width
        assert np.array_equal(image[shown] > 127, labels[shown] == 1)


@pytest.mark.parametrize(
    ("size", "least", "halves"),
    [
        ((64, 96), (16, 24), 2),
        ((64, 96), (17, 24), 1),
        ((64, 96), (33, 1), 0),
        ((66, 96), (1, 1), 1),
        ((65, 96), (1, 1), 0),
    ],
)
def test_an_image_is_halved_while_large_enough_with_even_sides(size, least, halves):
    image = np.random.default_rng(3).integers(0, 256, (*size, 3), np.uint8)
    small = halved(image, *least)
    step = 2**halves
    assert small.shape == (size[0] // step, size[1] // step, 3)
    mean = image.reshape(size[0] // step, step, size[1] // step, step, 3).mean(axis=(1, 3))
    assert np.abs(small - mean).max() <= 1  # each halving rounds to whole values


def test_halving_first_changes_a_network_input_by_no_more_than_rounding():
    image = np.asarray(cv2.resize(samples.get("chelsea").load(), (4000, 3000)), np.uint8)
    for network in [(96, 128), (256, 256)]:
        direct = cv2.resize(image, network[::-1], interpolation=cv2.INTER_AREA)
        given = image_to_network(image, letterbox((3000, 4000), network, "stretch"))
        assert np.abs(given.astype(int) - direct).mean() < 0.5


@pytest.mark.parametrize("size", [(500, 500), (480, 360), (360, 480)])
def test_pictures_of_the_published_models_test_sets_are_not_halved(size):
    image = np.random.default_rng(4).integers(0, 256, (*size, 3), np.uint8)
    given = image_to_network(image, letterbox(size, (96, 128), "stretch"))
    np.testing.assert_array_equal(given, cv2.resize(image, (128, 96), interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize("size", [(400_000, 1), (1, 400_000), (200_000, 2)])
def test_the_memory_for_a_thin_picture_follows_its_pixels(size):
    """Not its rows times the network's width."""
    pixels = size[0] * size[1]
    labels = np.random.default_rng(0).integers(0, 3, (256, 256)).astype(np.uint8)
    scores = np.random.default_rng(1).random((256, 256, 3), np.float32)
    for work, bytes_a_pixel in [
        (lambda: resize_nearest(labels, *size), 30),
        (lambda: scores_to_image(scores, letterbox(size, (256, 256), "stretch"), slice(None)), 60),
    ]:
        tracemalloc.start()
        work()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < bytes_a_pixel * pixels + 3_000_000
