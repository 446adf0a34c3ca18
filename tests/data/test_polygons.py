from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import UserError
from data import polygons
from data.polygons import Polygon
from tests.facts import mentions

SQUARE = "0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75"


def polygon(label: int, *corners: float) -> Polygon:
    return Polygon(label, np.array(corners).reshape(-1, 2))


def box(label: int, left: float, top: float, right: float, bottom: float) -> Polygon:
    return polygon(label, left, top, right, top, right, bottom, left, bottom)


def test_a_line_gives_a_class_and_corners() -> None:
    parsed = polygons.parse("3 0 0.5 1 0.5 0.25 1", "file, line 1", classes=24)
    assert parsed.label == 3
    np.testing.assert_array_equal(parsed.points, [[0, 0.5], [1, 0.5], [0.25, 1]])


def test_corners_just_outside_move_to_the_edge() -> None:
    parsed = polygons.parse("0 -0.01 0 1.02 0 0.5 1.001", "", classes=1)
    np.testing.assert_array_equal(parsed.points, [[0, 0], [1, 0], [0.5, 1]])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"24 {SQUARE}", ["class", "0 to 23", "'24'"]),
        (f"-1 {SQUARE}", ["class", "0 to 23", "'-1'"]),
        (f"cheese {SQUARE}", ["class", "'cheese'"]),
        (f"1.5 {SQUARE}", ["class", "'1.5'"]),
        (f"² {SQUARE}", ["class", "'²'"]),
        (f"0 {SQUARE} 0.5", ["9 coordinates"]),
        ("0 0.5 0.5 0.2 0.2", ["box", "outline"]),
        ("0 0.5 0.5", ["1 corners"]),
        ("0", ["0 corners"]),
        ("0 0.1 0.1 0.2 x 0.3 0.3", ["not a number"]),
        ("0 0.1 0.1 0.2 nan 0.3 0.3", ["nan"]),
        ("0 0.1 0.1 0.2 inf 0.3 0.3", ["inf"]),
        ("0 10 10 200 10 200 150", ["coordinate 10.0"]),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, expected: list[str]) -> None:
    file = tmp_path / "labels.txt"
    file.write_text(f"0 {SQUARE}\n\n{line}\n")
    with pytest.raises(UserError) as raised:
        polygons.read(file, classes=24)
    assert str(raised.value).startswith(f"{file}, line 3: ")
    assert mentions(str(raised.value), *expected)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"labels\.txt: cannot be read"):
        polygons.read(tmp_path / "labels.txt", classes=24)


def test_an_empty_file_is_all_background(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("\n")
    mask = polygons.draw(polygons.read(tmp_path / "labels.txt", classes=24), (4, 6))
    assert mask.shape == (4, 6)
    assert mask.dtype == np.uint8
    assert not mask.any()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_largest_is_drawn_first(order: tuple[int, ...]) -> None:
    boxes = [box(0, 0, 0, 1, 1), box(1, 0.2, 0.2, 0.8, 0.8), box(2, 0.4, 0.4, 0.6, 0.6)]
    mask = polygons.draw([boxes[index] for index in order], (50, 100))
    assert [mask[0, 0], mask[15, 30], mask[25, 50]] == [1, 2, 3]


def test_size_is_measured_in_pixels_not_in_shares() -> None:
    mask = polygons.draw([box(0, 0, 0, 1, 1)], (10, 40))
    assert (mask == 1).all()


def test_an_object_with_several_outlines_is_drawn_completely() -> None:
    mask = polygons.draw([box(4, 0, 0, 0.2, 1), box(4, 0.8, 0, 0.99, 1)], (10, 10))
    assert (mask[:, :2] == 5).all()
    assert (mask[:, 4:7] == 0).all()
    assert (mask[:, 8:] == 5).all()


shares = st.floats(0, 1)


@given(
    st.lists(st.tuples(shares, shares), min_size=3, max_size=12),
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(0, 23),
)
def test_only_its_own_id_is_drawn_and_only_inside_its_box(
    corners: list[tuple[float, float]], height: int, width: int, label: int
) -> None:
    points = np.array(corners)
    mask = polygons.draw([Polygon(label, points)], (height, width))
    assert set(np.unique(mask)) <= {0, label + 1}
    rows, columns = np.nonzero(mask)
    assert len(rows) > 0
    assert rows.min() >= np.floor(points[:, 1].min() * height) - 1
    assert rows.max() <= np.ceil(points[:, 1].max() * height)
    assert columns.min() >= np.floor(points[:, 0].min() * width) - 1
    assert columns.max() <= np.ceil(points[:, 0].max() * width)


@given(st.integers(0, 2**32 - 1))
def test_drawing_agrees_with_a_point_in_polygon_test(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    points = 0.5 + 0.4 * rng.uniform(0.5, 1, 9)[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    mask = polygons.draw([Polygon(0, points)], (80, 100))
    outline = (points * (100, 80)).astype(np.float32)
    for row in range(0, 80, 7):
        for column in range(0, 100, 7):
            distance = cv2.pointPolygonTest(outline, (column + 0.5, row + 0.5), True)
            if abs(distance) > 1.5:  # nearer to the outline it is a matter of rounding
                assert mask[row, column] == (distance > 0)


@pytest.mark.parametrize(
    ("outlines", "expected"),
    [
        ([], []),
        ([box(0, 0, 0, 1, 1)], [(1, 0, 0, 40, 20)]),
        ([box(7, 0.25, 0.5, 0.5, 1)], [(8, 10, 10, 11, 10)]),  # columns 10 to 20, the pixel of x = 0.5
        ([polygon(2, 0.1, 0.1, 0.9, 0.1, 0.5, 0.9)], [(3, 4, 2, 33, 17)]),
        ([box(1, 0.5, 0.5, 1, 1), box(0, 0, 0, 1, 1)], [(2, 20, 10, 20, 10), (1, 0, 0, 40, 20)]),  # in their order
        ([polygon(5, 1, 0, 1, 1, 1, 0.5)], []),  # what is left at the edge of one that lay beyond it
        ([polygon(5, 0, 0, 1, 1, 0.5, 0.5)], []),
        ([box(3, 0.2, 0.2, 0.6, 0.6), box(4, 0.2, 0.2, 0.6, 0.6)], [(5, 8, 4, 17, 9)]),  # the first is hidden
    ],
)
def test_boxes(outlines: list[Polygon], expected: list[tuple[int, ...]]) -> None:
    found = polygons.boxes(outlines, (20, 40))
    assert found.dtype == np.int32
    assert found.shape == (len(expected), 5)
    assert [tuple(row) for row in found.tolist()] == expected


@given(st.lists(st.tuples(shares, shares), min_size=3, max_size=8), st.integers(1, 60), st.integers(1, 60))
def test_a_box_encloses_the_drawn_pixels(corners: list[tuple[float, float]], height: int, width: int) -> None:
    outline = Polygon(3, np.array(corners))
    rows, columns = np.nonzero(polygons.draw([outline], (height, width)))
    drawn = [4, columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
    assert polygons.boxes([outline], (height, width)).tolist() in ([drawn], [])


@given(st.integers(0, 2**32 - 1))
def test_boxes_of_several_are_in_the_picture_and_their_own(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outlines = [Polygon(int(rng.integers(24)), rng.random((4, 2))) for _ in range(6)]
    found = polygons.boxes(outlines, (30, 50))
    alone = [tuple(row) for outline in outlines for row in polygons.boxes([outline], (30, 50)).tolist()]
    kept = [tuple(row) for row in found.tolist()]
    assert set(kept) <= set(alone)
    assert [row for row in alone if row in kept] == kept
    assert {row[0] for row in kept} == set(np.unique(polygons.draw(outlines, (30, 50)))) - {0}
    assert (found[:, 1:3] >= 0).all()
    assert (found[:, 1:3] + found[:, 3:] <= (50, 30)).all()
