import numpy as np
import pytest

from configs.errors import UserError
from data.label_space import IGNORE, LabelSpace
from tests.facts import facts

SPACE = LabelSpace(("sky", "road", "void"), ("#0072B2", "#e69f00", "#000001"), void=2)


def test_knows_its_classes():
    assert len(SPACE) == 3
    assert SPACE.scored == (0, 1)
    assert SPACE.id_of("road") == 1
    assert LabelSpace(("a", "b"), ("#000000", "#ffffff")).scored == (0, 1)


def test_the_background_is_the_class_of_that_name():
    assert SPACE.background is None
    assert LabelSpace(("pet", "background"), ("#000000", "#ffffff")).background == 1


def test_the_palette_gives_every_id_a_colour():
    palette = SPACE.palette()
    assert palette.shape == (256, 3)
    assert palette.dtype == np.uint8
    assert palette[:3].tolist() == [[0, 0x72, 0xB2], [0xE6, 0x9F, 0], [0, 0, 1]]
    assert not palette[3:].any()


def test_an_unknown_name_raises_an_error_with_the_known_names():
    with pytest.raises(UserError, match=r"'rode'; .* sky, road, void$"):
        SPACE.id_of("rode")


@pytest.mark.parametrize(
    ("names", "colours", "void", "expected"),
    [
        ((), (), None, ["1 to 255", "not 0"]),
        (tuple(map(str, range(256))), tuple(f"#0000{i:02x}" for i in range(256)), None, ["1 to 255", "not 256"]),
        (("a", "b"), ("#000000",), None, ["2 names", "1 colours"]),
        (("a",), ("black",), None, ["#0072b2", "'black'"]),
        (("a",), ("#0000000",), None, ["#0072b2", "'#0000000'"]),
        (("a", "a"), ("#000000", "#000001"), None, ["name 'a'", "twice"]),
        (("a", "b"), ("#0000aa", "#0000AA"), None, ["colour #0000aa", "twice"]),
        (("a", "b"), ("#000000", "#000001"), 2, ["0 to 1", "not 2"]),
        (("a", "b"), ("#000000", "#000001"), -1, ["0 to 1", "not -1"]),
    ],
)
def test_an_invalid_label_space_is_rejected(names, colours, void, expected):
    with pytest.raises(UserError, match=facts(*expected)):
        LabelSpace(names, colours, void)


def test_stuff_that_is_not_a_class_is_rejected():
    with pytest.raises(UserError, match=r"stuff .*'sea'; .* sky, car$"):
        LabelSpace(("sky", "car"), ("#000000", "#000001"), stuff=("sea",))


def test_the_largest_label_space_leaves_the_ignored_id_free():
    largest = LabelSpace(tuple(map(str, range(255))), tuple(f"#0000{i:02x}" for i in range(255)))
    assert max(largest.scored) < IGNORE
