import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from configs.errors import UserError
from data import datasets
from data.class_codes import voc_colour
from data.label_space import IGNORE, LabelSpace
from data.mask_file import decode_mask
from data.mask_reading import Readings, readings

PETS, VOC, CAMVID = (datasets.get(name) for name in ("oxford_iiit_pet", "voc2012", "camvid"))
CITY = LabelSpace(("road", "traffic light", "motorcycle", "parking"), ("#010203", "#040506", "#070809", "#0a0b0c"))
CAT, VOID_ID = 8, IGNORE


def encoded(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def grey(*values: int) -> Image.Image:
    return Image.fromarray(np.array([values], np.uint8))


def as_rgb(*values: int) -> Image.Image:
    return grey(*values).convert("RGB")


def colours(*values: str) -> Image.Image:
    return Image.fromarray(np.array([[list(bytes.fromhex(value)) for value in values]], np.uint8))


def palette(colours: dict[int, int] | list[int], *values: int) -> Image.Image:
    """Return a palette picture; ``colours`` is the 24-bit colour of each index."""
    image = Image.fromarray(np.array([values], np.uint8))
    table = colours if isinstance(colours, list) else [colours.get(index, 0x123456) for index in range(256)]
    image.putpalette(b"".join(colour.to_bytes(3, "big") for colour in table))
    return image


def read(image: Image.Image, space: LabelSpace, official=None) -> tuple[Readings, list[list[int]]]:
    """Return the readings of a picture, and the ids of its first row in each."""
    file = decode_mask(encoded(image), "mask.png", (image.height, image.width), space)
    found = readings(file, space, official)
    return found, [option.labels(file)[0].tolist() for option in found.options]


VOC_PALETTE = [voc_colour(index) for index in range(256)]
OWN_VOC = [int(colour[1:], 16) for colour in VOC.label_space.colours]
SHUFFLED = {0: OWN_VOC[CAT], 1: OWN_VOC[0]}

CERTAIN = {
    "ids": (PETS, grey(0, 1, 2), [0, 1, 2]),
    "ids and void": (PETS, grey(0, 1, 2, 255), [0, 1, 2, IGNORE]),
    "the id of void": (VOC, grey(0, CAT, 21), [0, CAT, IGNORE]),
    "two ids": (VOC, grey(0, CAT), [0, CAT]),
    "ids as R=G=B": (PETS, as_rgb(0, 1, 2), [0, 1, 2]),
    "ids as opaque grey with alpha": (PETS, grey(0, 1, 2).convert("LA"), [0, 1, 2]),
    "ids in 16 bits, void as the largest": (
        PETS, Image.fromarray(np.array([[0, 1, 2, 65535]], np.uint16)), [0, 1, 2, IGNORE]
    ),
    "the official trimap": (PETS, grey(1, 2, 3), [0, 1, 2]),
    "the official trimap as R=G=B": (PETS, as_rgb(3, 2, 1), [2, 1, 0]),
    "ids from 1": (CAMVID, grey(1, 5, 12), [0, 4, IGNORE]),
    "ids from 1, 0 without a label": (CAMVID, grey(0, 1, 5, 12), [IGNORE, 0, 4, IGNORE]),
    "a palette that means nothing": (PETS, palette([0x070707] * 256, 0, 1, 2), [0, 1, 2]),
    "VOC's palette on other classes": (CAMVID, palette(VOC_PALETTE, 0, 1, 2, 11), [0, 1, 2, IGNORE]),
    "VOC's palette": (VOC, palette(VOC_PALETTE, 0, CAT, 255), [0, CAT, IGNORE]),
    "VOC's palette on one class": (VOC, palette(VOC_PALETTE, 0, 1), [0, 1]),
    "VOC's colours": (VOC, colours("000000", "400000", "e0e0c0"), [0, CAT, IGNORE]),
    "CamVid's colours": (CAMVID, colours("808080", "c08080", "40c000", "000000"), [0, 6, 1, IGNORE]),
    "CamVid's indexed colours in another order": (CAMVID, palette({20: 0x808080, 30: 0x0080C0}, 20, 30), [0, 10]),
    "own colours": (CAMVID, colours("88ccee", "cc6677", "000000"), [0, 1, IGNORE]),
    "own palette": (VOC, palette(OWN_VOC + [0] * 234, 0, 1, 255), [0, 1, IGNORE]),
}  # fmt: skip


@pytest.mark.parametrize("case", CERTAIN)
def test_a_sure_reading_is_the_only_one(case):
    dataset, image, expected = CERTAIN[case]
    found, ids = read(image, dataset.label_space, dataset.values)
    assert ids == [expected]
    assert found.default == 0


@pytest.mark.parametrize(
    ("colour", "expected"), [("804080", 0), ("faaa1e", 1), ("0000e6", 2), ("faaaa0", 3), ("510051", IGNORE)]
)
def test_colours_of_cityscapes_are_found_by_the_names_of_the_classes(colour, expected):
    assert read(colours("804080", colour), CITY)[1] == [[0, expected]]


DOUBTFUL = {
    "0 and 255": (PETS, grey(0, 255), [1, 0], [[0, 1], [0, IGNORE]]),
    "0 and 255 as R=G=B": (PETS, as_rgb(0, 255), [1, 0], [[0, 1]]),
    "255 alone": (PETS, grey(255), [0], [[1], [IGNORE]]),
    "0 and 128": (PETS, grey(0, 128), [1, 0], [[0, 1]]),
    "0 and 65535": (PETS, Image.fromarray(np.array([[0, 65535]], np.uint16)), [1, 0], [[0, 1]]),
    "one bit": (PETS, Image.fromarray(np.array([[False, True]])), [1, 0], [[0, 1]]),
    "a palette of black and white": (PETS, palette([0, 0xFFFFFF] * 128, 0, 1), [1, 0], [[0, 1]]),
    "0 and 255 of many classes": (VOC, grey(0, 255), None, [[0, CAT], [0, IGNORE]]),
    "black and white, which are classes' colours": (VOC, as_rgb(0, 255), None, [[0, CAT], [0, IGNORE]]),
    "0 and 255 without a background": (CAMVID, grey(0, 255), None, [[IGNORE, 3], [0, IGNORE]]),
    "0 and 1": (PETS, grey(0, 1), [0, 1], [[1, 0]]),
    "0 alone": (PETS, grey(0), [0], [[1]]),
    "a trimap without its border": (PETS, grey(1, 2), [0, 1], [[1, 2]]),
    "ids without 0": (CAMVID, grey(3, 4), [3, 4], [[2, 3]]),
    "own colours in another order": (VOC, palette(SHUFFLED, 0, 1), [CAT, 0], [[0, 1]]),
    "black, which is a class and an id": (CAMVID, as_rgb(0), [0], [[IGNORE]]),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_a_doubtful_reading_has_a_default_and_alternatives(case):
    dataset, image, default, others = DOUBTFUL[case]
    found, ids = read(image, dataset.label_space, dataset.values)
    assert (None if found.default is None else ids[found.default]) == default
    assert len(ids) > 1
    assert [other for other in others if other not in ids] == []
    assert len({tuple(one) for one in ids}) == len(ids), "no two options are the same"


@pytest.mark.parametrize("dataset", [PETS, VOC, CAMVID], ids=lambda one: one.name)
def test_official_masks_are_read_like_the_datasets_own(dataset, shared_data):
    pairs = dataset.pairs(shared_data / dataset.folder)["val"]
    for pair in pairs[:: len(pairs) // 12]:
        with Image.open(pair.annotation) as image:
            size = image.height, image.width
        expected = dataset.read_mask(pair, size)
        if dataset.label_space.void is not None:
            expected = np.where(expected == dataset.label_space.void, IGNORE, expected)
        file = decode_mask(pair.annotation.read_bytes(), pair.id, size, dataset.label_space)
        found = readings(file, dataset.label_space, dataset.values)
        assert found.default is not None
        assert np.array_equal(found.options[found.default].labels(file), expected)


def test_the_question_and_the_titles_say_what_a_value_becomes():
    found, _ = read(grey(0, 255), PETS.label_space, PETS.values)
    assert "255" in found.question
    assert found.options[0].title == "255 is pet, 0 is background"
    found, _ = read(grey(1, 2, 3), PETS.label_space, PETS.values)
    assert "1 is pet, 2 is background, 3 is border" in found.options[0].title
    assert not found.options[0].documented
    assert "PASCAL VOC" in read(colours("400000"), VOC.label_space)[0].options[0].title
    assert read(grey(0, 1, 2), PETS.label_space)[0].options[0].documented


def test_a_palette_mask_that_was_saved_as_greys_is_recognised():
    greys = palette(VOC_PALETTE, 0, CAT, 4, 255).convert("L")
    assert np.asarray(greys).tolist() == [[0, 19, 15, 220]]
    with pytest.raises(UserError, match=r"label 220; these are the greys of the official colours of PASCAL VOC"):
        read(greys, VOC.label_space)


OWN_PETS = np.array([[[0xE6, 0x9F, 0x00]] * 40] * 30, np.uint8)


def with_unknown(image: np.ndarray, unknown, *places: tuple[int, int]) -> Image.Image:
    image = image.copy()
    for row, column in places:
        image[row, column] = unknown
    return Image.fromarray(image)


@pytest.mark.parametrize(
    ("image", "facts"),
    [
        (with_unknown(OWN_PETS, (1, 2, 3), (4, 7), (5, 0)), ["2 of 1,200", "x 7, y 4", "#010203", "without smoothing"]),
        (
            with_unknown(np.repeat(np.array([0, 255], np.uint8), 600).reshape(30, 40), 9, (2, 3), (2, 4)),
            ["2 of 1,200", "x 3, y 2", "label 9", "0 to 2"],
        ),
        (Image.fromarray(np.full((30, 40), 7, np.uint8)), ["1,200 of 1,200", "x 0, y 0", "label 7", "0 to 2"]),
        (
            Image.fromarray(np.full((30, 40), 57, np.uint8)),
            ["1,200 of 1,200", "label 57", "0 to 2"],
        ),
        (Image.new("RGB", (40, 30), "#000009"), ["1,200 of 1,200", "#000009"]),
    ],
)
def test_pixels_without_a_class_are_counted_and_the_first_is_named(image, facts):
    with pytest.raises(UserError) as error:
        read(image, PETS.label_space, PETS.values)
    assert str(error.value).startswith("mask.png: ")
    assert [fact for fact in facts if fact not in str(error.value)] == []


def test_the_pixels_of_a_blended_edge_are_counted_exactly_however_many_colours_they_have():
    ids = np.zeros((200, 300), np.uint8)
    ids[40:160, 90:210] = 1
    image = PETS.label_space.palette()[ids]
    blended = np.random.default_rng(0).integers(0, 256, (700, 3), np.uint8)
    image[20, :300], image[180, :300], image[100, :100] = blended[:300], blended[300:600], blended[600:]
    own = [list(bytes.fromhex(colour[1:])) for colour in PETS.label_space.colours]
    wrong = ~(image[:, :, None] == np.array(own)).all(-1).any(-1)
    with pytest.raises(UserError) as error:
        read(Image.fromarray(image), PETS.label_space)
    row, column = np.argwhere(wrong)[0]
    assert f"{wrong.sum()} of 60,000" in str(error.value)
    assert f"x {column}, y {row} with the colour #{bytes(image[row, column]).hex()}" in str(error.value)


NAMES = ["background", "car", "road", "person", "sky", *(f"class {index}" for index in range(10))]


@st.composite
def label_maps(draw: st.DrawFn) -> tuple[LabelSpace, np.ndarray]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=15, unique=True))
    numbers = st.lists(st.integers(0, (1 << 24) - 1), min_size=len(names), max_size=len(names), unique=True)
    space = LabelSpace(
        tuple(names),
        tuple(f"#{number:06x}" for number in draw(numbers)),
        void=draw(st.none() | st.integers(0, len(names) - 1)),
    )
    pixels = st.lists(st.sampled_from([*range(len(names)), IGNORE]), min_size=1, max_size=12)
    return space, np.array([draw(pixels)], np.uint8)


def with_own_palette(space: LabelSpace, ids: np.ndarray) -> Image.Image:
    image = Image.fromarray(ids)
    image.putpalette(space.palette().tobytes())
    return image


def normalised(space: LabelSpace, ids: np.ndarray) -> list[int]:
    return np.where(ids == (IGNORE if space.void is None else space.void), IGNORE, ids)[0].tolist()


@settings(max_examples=150, deadline=None)
@given(label_maps())
def test_any_label_map_is_read_back(made):
    space, ids = made
    expected = normalised(space, ids)
    found, options = read(with_own_palette(space, ids), space)
    assert options == [expected], "the label space's palette leaves no doubt"
    for image in (Image.fromarray(ids), Image.fromarray(ids).convert("RGB")):
        found, options = read(image, space)
        assert expected in options
        if image.mode == "L" and 0 in ids and len(set(ids.flat) - {IGNORE}) > 2:
            assert options == [expected], "with 0 and two more there is no doubt"
    if space.void is not None:
        ids = np.where(ids == IGNORE, np.uint8(space.void), ids)
    if IGNORE not in ids:
        image = Image.fromarray(space.palette()[ids])
        found, options = read(image, space)
        assert expected in options
        if (np.ptp(np.asarray(image), axis=-1) > 0).any():
            assert found.default == 0
            assert options[0] == expected, "colours of the classes come first"


@settings(max_examples=150, deadline=None)
@given(label_maps())
def test_ids_from_1_and_masks_of_one_class_are_never_taken_for_something_else(made):
    space, ids = made
    counted = np.where(ids == IGNORE, ids, ids + np.uint8(1))
    assert normalised(space, ids) in read(Image.fromarray(counted), space)[1]
    if space.background in (None, space.void) or space.background == ids[0, 0] or ids[0, 0] not in space.scored:
        return
    one_class = ids == ids[0, 0]
    expected = np.where(one_class, ids, np.uint8(space.background))[0].tolist()
    for mask in (Image.fromarray(one_class * np.uint8(255)), Image.fromarray(one_class)):
        assert expected in read(mask, space)[1]
        assert expected in read(mask.convert("L").point(lambda value: value and 1), space)[1]
