"""What the values of label maps mean, decided for a whole folder."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from configs.errors import UserError
from data import datasets
from data.label_maps import palette_png
from data.label_space import IGNORE
from models.added.prediction_masks import convention
from tests.facts import facts, mentions

CAMVID = datasets.get("camvid").label_space
PETS = datasets.get("oxford_iiit_pet").label_space
SIZE = (6, 9)
IDS = np.random.default_rng(0).integers(0, 11, SIZE).astype(np.uint8)
OTHER = np.random.default_rng(1).integers(3, 7, SIZE).astype(np.uint8)


def grey(labels, path):
    Image.fromarray(labels).save(path)


def own_palette(labels, path):
    path.write_bytes(palette_png(labels, CAMVID))


def any_palette(labels, path):
    image = Image.fromarray(labels)
    image.putpalette(np.random.default_rng(3).integers(0, 256, 768, np.uint8).tobytes())
    image.save(path)


def colours(labels, path):
    Image.fromarray(CAMVID.palette()[labels]).save(path)


def adaptive_palette(labels, path):
    """Palette indices in the order of their frequency, as where a picture in colours was reduced."""
    Image.fromarray(CAMVID.palette()[labels]).quantize(16, dither=Image.Dither.NONE).save(path)


def grey_as_colours(labels, path):
    Image.fromarray(np.dstack([labels] * 3)).save(path)


def sixteen_bits(labels, path):
    Image.fromarray(labels.astype(np.uint16)).save(path)


WAYS = [grey, own_palette, any_palette, colours, adaptive_palette, grey_as_colours, sixteen_bits]


def read(folder, maps, way, space=CAMVID, dataset="camvid"):
    paths = []
    for index, labels in enumerate(maps):
        paths.append(folder / f"{index}.png")
        way(np.asarray(labels, np.uint8), paths[-1])
    found = convention(paths, space, dataset)
    return found, [found.read(path, np.asarray(labels).shape, space) for path, labels in zip(paths, maps, strict=True)]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_label_maps_is_read(tmp_path, way):
    found, labels = read(tmp_path, [IDS, OTHER], way)
    assert not found.fault
    assert found.title
    np.testing.assert_array_equal(labels, [IDS, OTHER])


@given(data=st.data(), way=st.sampled_from(WAYS))
def test_any_label_maps_are_read_as_they_were_written(tmp_path_factory, data, way):
    drawn = st.lists(st.integers(0, 10), min_size=12, max_size=12)
    maps = [np.array(data.draw(drawn), np.uint8).reshape(3, 4) for _ in range(2)]
    _, labels = read(tmp_path_factory.mktemp("maps"), maps, way)
    np.testing.assert_array_equal(labels, maps)


def test_values_are_understood_from_all_files_together(tmp_path):
    """Alone, a file with 1 and 2 could be official values; another with 0 shows that it holds ids."""
    first, second = np.array([[1, 2, 2]], np.uint8), np.array([[0, 1, 2]], np.uint8)
    _, labels = read(tmp_path, [first, second], grey, PETS, "oxford_iiit_pet")
    np.testing.assert_array_equal(labels, [first, second])
    found, labels = read(tmp_path, [first, second + 1], grey, PETS, "oxford_iiit_pet")
    np.testing.assert_array_equal(labels, [first - 1, second])
    assert mentions(found.title, "official", "1 is pet")


def test_an_ambiguous_folder_is_refused_with_the_question(tmp_path):
    voc = datasets.get("voc2012").label_space
    found, _ = read(tmp_path, [np.array([[0, 255]], np.uint8)], grey, voc, "voc2012")
    assert mentions(found.fault, 255, "class ids")


def test_a_folder_of_two_ways_is_refused_with_an_example_of_each(tmp_path):
    grey(IDS, tmp_path / "first.png")
    grey(OTHER, tmp_path / "second.png")
    colours(IDS, tmp_path / "third.png")
    found = convention([tmp_path / f"{name}.png" for name in ("first", "second", "third")], CAMVID, "camvid")
    assert mentions(found.fault, 2, "first.png", 1, "third.png")


@pytest.mark.parametrize(
    ("way", "value", "told"),
    [
        (grey, IGNORE, (255, "void")),
        (grey, 11, (11, "void")),
        (grey, 77, (77,)),
        (own_palette, 11, (11,)),
        (colours, 11, ("#000000", "void")),
        (grey_as_colours, 99, ("#636363",)),
    ],
)
def test_a_pixel_without_a_class_is_counted_and_located(tmp_path, way, value, told):
    labels = IDS.copy()
    labels[2, 4:6] = labels[4, 0] = value
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    way(IDS, good)
    way(labels, bad)
    found = convention([good, bad], CAMVID, "camvid")
    np.testing.assert_array_equal(found.read(good, SIZE, CAMVID), IDS)
    with pytest.raises(UserError, match=facts("bad.png", 3, 54, "x 4", "y 2", *told)):
        found.read(bad, SIZE, CAMVID)


@pytest.mark.parametrize(
    ("content", "told"), [(IDS[:4], ("9x4", "9x6")), (IDS.T.copy(), ("9x6",)), (b"no picture", ("PNG",))]
)
def test_a_file_that_does_not_fit_is_named_and_spoils_no_other(tmp_path, content, told):
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    grey(IDS, good)
    if isinstance(content, bytes):
        bad.write_bytes(content)
    else:
        grey(content, bad)
    found = convention([good, bad], CAMVID, "camvid")
    np.testing.assert_array_equal(found.read(good, SIZE, CAMVID), IDS)
    with pytest.raises(UserError, match=facts("bad.png", *told)):
        found.read(bad, SIZE, CAMVID)
