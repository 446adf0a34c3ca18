import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from configs.schema import Augment
from data import samples
from data.augment import augment
from data.geometry import PADDING, image_to_network, letterbox, mask_to_network
from data.label_space import IGNORE

NOTHING = Augment(
    flip=0, scale=(1, 1), aspect=0, rotation=0, brightness=0, contrast=0, saturation=0, hue=0,
    gamma=0, blur=0, copy_paste=None,
)  # fmt: skip
MOVES = NOTHING.model_copy(update={"flip": 0.5, "scale": (0.5, 2.0), "aspect": 0.3, "rotation": 40.0})
COLOURS = NOTHING.model_copy(update={"brightness": 0.4, "contrast": 0.4, "saturation": 0.5, "hue": 0.1})


class Draws(np.random.Generator):
    """A random generator whose next numbers are known; 0.5 is the middle of every range."""

    def __init__(self, **known):
        super().__init__(np.random.PCG64(0))
        self.known = known

    def random(self, size=None, dtype=np.float64, out=None):
        names = ["flip", "zoom", "aspect", "angle", "left", "top", "brightness", "contrast", "saturation", "hue"]
        if size != len(names):
            names = ["exponent", "blurred", "width"]
        assert size == len(names)
        return np.array([self.known.get(name, 0.5) for name in names])


def picture_of(mask):
    return np.repeat((mask * 255).astype(np.uint8)[..., None], 3, axis=2)


@given(
    st.tuples(st.integers(1, 200), st.integers(1, 200)),
    st.tuples(st.integers(8, 64), st.integers(8, 64)),
    st.sampled_from(["stretch", "letterbox"]),
    st.integers(0, 2**32 - 1),
)
def test_without_variation_the_result_is_the_plain_letterbox(size, network, resize, seed):
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, 5, size).astype(np.uint8)
    box = letterbox(size, network, resize)
    image, varied = augment(picture_of(mask % 2), mask, NOTHING, box, rng)
    assert np.array_equal(varied, mask_to_network(mask, box))
    assert (image[varied == IGNORE] == PADDING).all()


@pytest.mark.parametrize(
    ("network", "resize"), [((256, 256), "stretch"), ((96, 128), "letterbox"), ((400, 500), "stretch")]
)
def test_without_variation_the_image_is_close_to_the_plain_letterbox(network, resize):
    image = samples.get("chelsea").load()
    box = letterbox(image.shape[:2], network, resize)
    varied, _ = augment(image, image[..., 0], NOTHING, box, np.random.default_rng(0))
    difference = np.abs(varied.astype(int) - image_to_network(image, box))
    assert difference.mean() < 3  # the two average the pixels they cover differently
    assert np.median(difference) <= 2


@given(
    st.tuples(st.integers(1, 200), st.integers(1, 200)),
    st.tuples(st.integers(8, 64), st.integers(8, 64)),
    st.sampled_from(["stretch", "letterbox"]),
    st.sets(st.integers(0, 254), min_size=1, max_size=6),
    st.integers(0, 2**32 - 1),
)
def test_no_new_label_appears(size, network, resize, ids, seed):
    rng = np.random.default_rng(seed)
    mask = rng.choice(np.array(sorted(ids), np.uint8), size)
    box = letterbox(size, network, resize)
    image, varied = augment(picture_of(mask % 2), mask, MOVES, box, rng)
    assert image.shape == (*network, 3)
    assert varied.shape == network
    assert image.dtype == varied.dtype == np.uint8
    assert set(np.unique(varied)) <= ids | {IGNORE}


@pytest.mark.parametrize("seed", range(20))
def test_image_and_mask_move_together(seed):
    """A picture of its own mask still equals the mask after both were augmented."""
    rng = np.random.default_rng(seed)
    mask = np.kron(rng.integers(0, 2, (6, 8)), np.ones((48, 52))).astype(np.uint8)
    network, resize = [((96, 128), "letterbox"), ((256, 256), "stretch"), ((64, 64), "letterbox")][seed % 3]
    image, varied = augment(picture_of(mask), mask, MOVES, letterbox(mask.shape, network, resize), rng)
    grey = image[..., 0]
    shown = varied != IGNORE
    assert (grey[~shown] == PADDING).all()
    sure = shown & ((grey < 64) | (grey > 191))
    assert sure.sum() > 0.8 * shown.sum()
    assert np.array_equal(grey[sure] > 127, varied[sure] == 1)


def test_flip_mirrors():
    mask = np.arange(32, dtype=np.uint8).reshape(4, 8).repeat(2, 0)
    box = letterbox(mask.shape, (8, 8), "stretch")
    settings = NOTHING.model_copy(update={"flip": 0.5})
    _, kept = augment(picture_of(mask % 2), mask, settings, box, Draws(flip=0.5))
    _, mirrored = augment(picture_of(mask % 2), mask, settings, box, Draws(flip=0.49))
    assert np.array_equal(kept, mask)
    assert np.array_equal(mirrored, mask[:, ::-1])


@pytest.mark.parametrize(
    ("draws", "expected"),
    [
        ({"zoom": 1, "left": 0, "top": 0}, (slice(0, 16), slice(0, 16))),
        ({"zoom": 1, "left": 1, "top": 0}, (slice(0, 16), slice(16, 32))),
        ({"zoom": 1, "left": 0.5, "top": 1}, (slice(16, 32), slice(8, 24))),
    ],
)
def test_zooming_in_crops(draws, expected):
    mask = np.random.default_rng(0).integers(0, 9, (32, 32)).astype(np.uint8)
    settings = NOTHING.model_copy(update={"scale": (0.5, 2.0)})
    _, varied = augment(
        picture_of(mask % 2), mask, settings, letterbox(mask.shape, (32, 32), "stretch"), Draws(**draws)
    )
    assert np.array_equal(varied, mask[expected].repeat(2, 0).repeat(2, 1))


def test_zooming_out_ignores_the_padding():
    mask = np.full((32, 32), 3, np.uint8)
    settings = NOTHING.model_copy(update={"scale": (0.5, 2.0)})
    box = letterbox(mask.shape, (32, 32), "stretch")
    _, varied = augment(picture_of(mask % 2), mask, settings, box, Draws(zoom=0, left=1, top=0))
    expected = np.full((32, 32), IGNORE, np.uint8)
    expected[:16, 16:] = 3
    assert np.array_equal(varied, expected)


def test_zooming_in_is_as_likely_as_zooming_out():
    mask = np.zeros((64, 64), np.uint8)
    settings = NOTHING.model_copy(update={"scale": (0.5, 2.0)})
    rng = np.random.default_rng(0)
    box = letterbox(mask.shape, (16, 16), "stretch")
    shrunk = [(augment(picture_of(mask), mask, settings, box, rng)[1] == IGNORE).any() for _ in range(600)]
    assert 0.42 < np.mean(shrunk) < 0.58


def test_a_quarter_turn_rotates_image_and_mask():
    mask = np.random.default_rng(0).integers(0, 2, (16, 16)).astype(np.uint8)
    settings = NOTHING.model_copy(update={"rotation": 90})
    image, varied = augment(
        picture_of(mask), mask, settings, letterbox(mask.shape, (16, 16), "stretch"), Draws(angle=1)
    )
    assert np.array_equal(varied, np.rot90(mask, -1))
    assert np.array_equal(image[..., 0] // 255, varied)


def test_colours_change_only_in_the_image_not_in_the_padding():
    source = samples.get("coffee").load()
    mask = (source[..., 0] // 64).astype(np.uint8)
    box = letterbox(mask.shape, (96, 96), "letterbox")
    image, varied = augment(source, mask, COLOURS, box, np.random.default_rng(3))
    plain, _ = augment(source, mask, NOTHING, box, np.random.default_rng(3))
    assert np.array_equal(varied, mask_to_network(mask, box))
    assert np.abs(image.astype(int) - plain)[varied != IGNORE].mean() > 5
    assert (image[varied == IGNORE] == PADDING).all()


@pytest.mark.parametrize(
    ("settings", "draws", "colour", "expected"),
    [
        ({"brightness": 0.5}, {"brightness": 1}, (100, 40, 20), (150, 60, 30)),
        ({"brightness": 0.5}, {"brightness": 0}, (100, 40, 20), (50, 20, 10)),
        ({"brightness": 1.0}, {"brightness": 1}, (200, 40, 20), (255, 80, 40)),
        ({"saturation": 1.0}, {"saturation": 0}, (100, 40, 20), (56, 56, 56)),
        ({"contrast": 0.5}, {"contrast": 0}, (90, 90, 90), (90, 90, 90)),
        ({"hue": 1 / 3}, {"hue": 1}, (100, 40, 20), (20, 100, 40)),
        ({"hue": 1 / 3}, {"hue": 0}, (100, 40, 20), (40, 20, 100)),
        ({"hue": 0.25}, {"hue": 1}, (70, 70, 70), (70, 70, 70)),
    ],
)
def test_colours_match_hand_computed_values(settings, draws, colour, expected):
    source = np.full((8, 8, 3), colour, np.uint8)
    box = letterbox((8, 8), (8, 8), "stretch")
    varied = NOTHING.model_copy(update=settings)
    image, _ = augment(source, source[..., 0], varied, box, Draws(**draws))
    assert (np.abs(image.astype(int) - expected) <= 1).all()


def test_contrast_is_relative_to_the_mean_without_padding():
    source = np.repeat(np.array([[50, 150]], np.uint8)[..., None], 3, axis=2).repeat(2, 0)
    box = letterbox((2, 2), (8, 16), "letterbox")
    settings = NOTHING.model_copy(update={"contrast": 0.5})
    image, varied = augment(source, source[..., 0], settings, box, Draws(contrast=0))
    assert image[varied != IGNORE].min() == 75
    assert image[varied != IGNORE].max() == 125


def test_the_input_is_not_modified():
    source = samples.get("chelsea").load()
    before, mask = source.copy(), source[..., 0].copy()
    augment(
        source,
        mask,
        MOVES.model_copy(update=COLOURS.model_dump(include={"hue"})),
        letterbox(mask.shape, (64, 64), "stretch"),
        np.random.default_rng(0),
    )
    assert np.array_equal(source, before)
    assert np.array_equal(mask, before[..., 0])


@pytest.mark.parametrize(("at", "exponent"), [(0, np.exp(-0.7)), (0.5, 1), (1, np.exp(0.7))])
def test_gamma_changes_every_value_by_one_exponent(at, exponent):
    image = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    settings = NOTHING.model_copy(update={"gamma": 0.7})
    box = letterbox((16, 16), (16, 16), "stretch")
    found, _ = augment(image, np.zeros((16, 16), np.uint8), settings, box, Draws(exponent=at))
    expected = 255 * (image / 255.0) ** exponent
    assert np.abs(found - expected).max() <= 0.5 + 1e-9


@pytest.mark.parametrize(("blurred", "width", "changes"), [(0.4, 1, True), (0.6, 1, False), (0.4, 0.1, False)])
def test_half_of_the_images_are_blurred(blurred, width, changes):
    image = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    settings = NOTHING.model_copy(update={"blur": 1.5})
    box = letterbox((24, 24), (24, 24), "stretch")
    mask = image[..., 0] % 3
    found, labels = augment(image, mask, settings, box, Draws(blurred=blurred, width=width))
    np.testing.assert_array_equal(labels, mask)
    if changes:
        expected = scipy.ndimage.gaussian_filter(image.astype(float), (1.5, 1.5, 0), mode="nearest")
        assert np.abs(found - expected).max() < 2
    else:
        np.testing.assert_array_equal(found, image)
