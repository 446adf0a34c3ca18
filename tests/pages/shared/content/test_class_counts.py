"""How much of every class a dataset shows."""

import numpy as np
import pytest

from data.label_space import LabelSpace
from pages.shared.content import class_counts

SPACE = LabelSpace(("sky", "road", "void"), ("#0072b2", "#e69f00", "#000000"), void=2)
COUNTS = np.array([[6, 0, 4], [1, 3, 0], [0, 0, 10]])


def test_shares_worked_by_hand():
    table = class_counts.share_table(SPACE, {"train": COUNTS, "val": COUNTS[1:2]}).set_index("Class")
    assert table["Id"].to_dict() == {"sky": 0, "road": 1, "void": 2}
    assert table["Pixels, train"].to_dict() == pytest.approx({"sky": 0.7, "road": 0.3, "void": np.nan}, nan_ok=True)
    assert table["Pictures, train"].to_dict() == pytest.approx({"sky": 2 / 3, "road": 1 / 3, "void": 2 / 3})
    assert table["Pixels, val"].to_dict() == pytest.approx({"sky": 0.25, "road": 0.75, "void": np.nan}, nan_ok=True)
    assert class_counts.void_share(SPACE, COUNTS) == 14 / 24
    assert class_counts.void_share(LabelSpace(("a", "b", "c"), SPACE.colours), COUNTS) == 0


def test_without_a_scored_pixel_shares_are_zero():
    table = class_counts.share_table(SPACE, {"val": np.array([[0, 0, 5]])})
    assert table["Pixels, val"].dropna().tolist() == [0, 0]


def test_pictures_that_show_a_class_come_by_its_share():
    assert class_counts.showing(COUNTS, 0) == [0, 1]
    assert class_counts.showing(COUNTS, 1) == [1]
    assert class_counts.showing(COUNTS, 2) == [2, 0]
