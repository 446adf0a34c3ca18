"""Palettes whose numbers do not mean the same in all masks."""

import numpy as np
from PIL import Image

from data.added import looking
from tests.data.conftest import save, write
from tests.data.formats import making
from tests.data.formats.making import DOG
from tests.data.formats.test_mask_formats import COLOURS, found

TABLE = "id,name,r,g,b\n0,background,0,0,0\n1,cat,255,0,0\n2,dog,0,128,0\n"
EACH_ITS_OWN = ("background dog", "dog background")


def make(folder, orders):
    """Write two pictures with palette masks; a palette numbers the classes in the order given."""
    for name, order in zip("ab", orders, strict=True):
        names = order.split()
        making.image(folder / "images" / f"{name}.jpg")
        mask = Image.fromarray(making.numbers(DOG, {one: index for index, one in enumerate(names)}).astype(np.uint8))
        mask.putpalette([channel for one in names for channel in COLOURS[one]])
        save(mask, folder / "masks" / f"{name}.png")


def test_colours_decide_where_the_table_has_them(tmp_path, own_data):
    make(tmp_path / "source", EACH_ITS_OWN)
    write(TABLE, tmp_path / "source" / "classes.csv")
    findings, maps = found(tmp_path / "source")
    np.testing.assert_array_equal(maps["a"], DOG)
    np.testing.assert_array_equal(maps["b"], DOG)
    assert any("palettes" in note for note in findings.notes)


def test_palettes_in_the_order_of_the_table_are_read_by_number(tmp_path, own_data):
    make(tmp_path / "source", ["background cat dog"] * 2)
    write(TABLE, tmp_path / "source" / "classes.csv")
    findings, maps = found(tmp_path / "source")
    np.testing.assert_array_equal(maps["a"], DOG)
    assert findings.table is not None
    assert not findings.table.by_colour


def test_names_alone_do_not_explain_them(tmp_path):
    make(tmp_path / "source", EACH_ITS_OWN)
    write("background\ndog\n", tmp_path / "source" / "classes.txt")
    problem = looking.look(tmp_path / "source", "mine").problems[0]
    assert "a.png" in problem
    assert "b.png" in problem
    assert "--classes" in problem
