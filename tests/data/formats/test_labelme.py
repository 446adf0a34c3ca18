"""Labelme's shapes; the pixel counts are those of Labelme 6.3.1 itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import UserError
from data import formats
from data.formats.shared.tree import scan
from tests.data.conftest import picture, save
from tests.data.formats.making import labelme, png64, shape

reader = formats.get("labelme")
SIZE = 60, 80


def read(folder, shapes, **others) -> np.ndarray:
    """Write a picture with shapes, and return the label of each pixel."""
    save(picture(0, SIZE[1], SIZE[0]), folder / "a.jpg")
    labelme(folder / "a.json", shapes, **({"imageHeight": SIZE[0], "imageWidth": SIZE[1]} | others))
    (pair,) = reader.listing(scan(folder)).pairs
    labels = reader.read(pair, SIZE, None)
    return np.array([value or "" for value in labels.values])[labels.codes]


CORNERS = [[10, 10], [20, 10], [20, 20], [10, 20]]
CUT_OUT = np.random.default_rng(0).integers(0, 2, (10, 13)).astype(np.uint8)


@pytest.mark.parametrize(
    ("kind", "points", "pixels"),
    [
        ("polygon", CORNERS, 121),
        (None, CORNERS, 121),
        ("oriented_rectangle", CORNERS, 121),
        ("rectangle", [[10, 10], [20, 20]], 121),
        ("rectangle", [[20, 20], [10, 10]], 121),
        ("circle", [[30, 30], [35, 30]], 97),
        ("point", [[30, 30]], 0),
        ("points", [[30, 30], [31, 31]], 0),
        ("line", [[30, 30], [40, 40]], 0),
        ("linestrip", CORNERS, 0),
    ],
)
def test_a_shape_has_as_many_pixels_as_in_labelme(tmp_path, kind, points, pixels):
    assert (read(tmp_path, [shape("cat", points, kind)]) == "cat").sum() == pixels


@pytest.mark.parametrize("mask", [CUT_OUT, CUT_OUT * 255, CUT_OUT.astype(bool)])
def test_a_cut_out_lies_in_its_box_with_both_corners(tmp_path, mask):
    found = read(tmp_path, [shape("cat", [[8.0, 5.0], [20.0, 14.0]], "mask", mask=png64(mask))]) == "cat"
    np.testing.assert_array_equal(found[5:15, 8:21], CUT_OUT.astype(bool))
    assert found.sum() == CUT_OUT.sum()


def test_a_cut_out_may_reach_over_the_edge(tmp_path):
    ones = np.ones((10, 10), np.uint8)
    shapes = [shape("cat", [[x, y], [x + 9, y + 9]], "mask", mask=png64(ones)) for x, y in ((-4, -3), (75, 55))]
    assert (read(tmp_path, shapes) == "cat").sum() == 6 * 7 + 5 * 5


def test_a_later_shape_lies_on_an_earlier_one(tmp_path):
    small = shape("small", [[12, 12], [14, 14]], "rectangle")
    large = shape("large", CORNERS)
    assert (read(tmp_path, [large, small]) == "small").sum() == 9
    assert (read(tmp_path, [small, large]) == "small").sum() == 0


def test_labels_become_classes_and_skipped_shapes_are_counted(tmp_path):
    shapes = [shape(label, CORNERS) for label in ("dog", "__ignore__", "_background_", "cat")]
    read(tmp_path, [*shapes, shape("nose", [[1, 1]], "point"), shape("edge", [[1, 1], [2, 2]], "line")])
    tree = scan(tmp_path)
    table = reader.class_table(tree, reader.listing(tree))
    assert table
    assert [(one.name, one.values) for one in table.classes] == [
        ("background", ("background", "_background_")),
        ("cat", ("cat",)),
        ("dog", ("dog",)),
        ("void", ("__ignore__",)),
    ]
    assert (table.void, table.uncovered) == ("void", "background")
    (note,) = table.notes
    assert "1 of the type line" in note
    assert "1 of the type point" in note


def test_the_picture_may_have_another_name(tmp_path):
    save(picture(0, SIZE[1], SIZE[0]), tmp_path / "pictures" / "b.jpg")
    labelme(tmp_path / "labels" / "a.json", [shape("cat", CORNERS)], imagePath="..\\pictures\\b.jpg")
    (pair,) = reader.listing(scan(tmp_path)).pairs
    assert pair.image == tmp_path / "pictures" / "b.jpg"


@pytest.mark.parametrize("path", ["../../b.jpg", "/etc/passwd", "C:\\b.jpg", "\\\\server\\b.jpg"])
def test_a_picture_outside_of_the_folder_is_refused(tmp_path, path):
    labelme(tmp_path / "labels" / "a.json", [], imagePath=path)
    with pytest.raises(UserError, match=r"a\.json.*inside|a\.json.*outside"):
        reader.listing(scan(tmp_path))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (shape("cat", [[1, 1], [2, 2]]), ["polygon", "2 points"]),
        (shape("cat", CORNERS[:3], "rectangle"), ["rectangle", "3 points"]),
        (shape("cat", CORNERS, "star"), ["'star'"]),
        (shape("cat", [[1, 1], [2, "x"], [3, 3]]), ["corner", "x"]),
        (shape("cat", [[1, 1], [2, 1e12], [3, 3]]), ["corner"]),
        (shape("cat", [[1, 1], [2, 10**400], [3, 3]]), ["corner"]),
        (shape("cat", None), ["corners"]),
        (shape("", CORNERS), ["label"]),
        (shape("cat", [[8, 5], [21, 15]], "mask", mask=png64(CUT_OUT)), ["13x10", "14x11"]),
        (shape("cat", [[8, 5], [20, 14]], "mask", mask="????"), ["PNG"]),
        (shape("cat", [[8, 5], [20, 14]], "mask"), ["PNG"]),
        (7, ["mapping"]),
    ],
)
def test_a_broken_shape_is_named(tmp_path, broken, words):
    with pytest.raises(UserError) as error:
        read(tmp_path, [shape("dog", CORNERS), broken])
    assert all(word in str(error.value) for word in ["a.json", "shape 1", *words]), error.value


def test_a_file_for_a_picture_of_another_size_is_named(tmp_path):
    with pytest.raises(UserError, match=r"a\.json.*80x61.*80x60"):
        read(tmp_path, [], imageHeight=61)


def test_a_rectangle_may_have_four_corners_and_a_label_blanks(tmp_path):
    two = shape("cat", [[3, 2], [9, 7]], "rectangle")
    four = shape(" cat ", [[3, 2], [9, 2], [9, 7], [3, 7]], "rectangle")
    np.testing.assert_array_equal(read(tmp_path / "four", [four]), read(tmp_path / "two", [two]))


@pytest.mark.parametrize("group", [None, 3])
def test_shapes_of_a_group_are_one_object(tmp_path, group):
    halves = [shape("cat", [[x, 5], [x + 9, 14]], "rectangle", group_id=group) for x in (10, 30)]
    dog = shape("dog", [[50, 20], [60, 30]], "rectangle", group_id=group)
    hidden = shape("dog", [[31, 6], [32, 7]], "rectangle", group_id=9)
    found = visible(tmp_path, [hidden, *halves, dog])
    cats = [(10, 5, 10, 10), (30, 5, 10, 10)] if group is None else [(10, 5, 30, 10)]
    assert found == [*(("cat", box) for box in cats), ("dog", (50, 20, 11, 11))]


@given(st.lists(st.tuples(st.floats(-20, 100), st.floats(-20, 80)), min_size=3, max_size=6), st.booleans())
def test_a_box_is_that_of_the_pixels_to_within_one(tmp_path_factory, corners, is_circle):
    folder = tmp_path_factory.mktemp("shape")
    shapes = [shape("cat", corners[:2], "circle") if is_circle else shape("cat", corners)]
    rows, columns = np.nonzero(read(folder, shapes) == "cat")
    boxes = [box for _, box in visible(folder, shapes)]
    assert bool(len(rows)) == bool(boxes)
    for left, top, width, height in boxes:
        edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert np.abs(np.subtract((left, top, left + width, top + height), edges)).max() <= 1


def visible(folder, shapes):
    """Return the objects of a picture with shapes that are not hidden, sorted."""
    read(folder, shapes)
    (pair,) = reader.listing(scan(folder)).pairs
    return sorted(reader.read(pair, SIZE, None).visible())
