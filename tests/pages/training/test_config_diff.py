"""Configs side by side."""

from pages.training import config_diff
from pages.training.config_diff import ABSENT, MARK


def test_settings_of_one_run_have_no_differences():
    table = config_diff.table({"a": {"train": {"epochs": 3, "loss": {"dice": 0.5}}}})
    assert table["Setting"].tolist() == ["train.epochs", "train.loss.dice"]
    assert table["a"].tolist() == ["3", "0.5"]
    assert table["Differs"].tolist() == ["", ""]


def test_what_differs_is_marked_and_what_is_missing_is_shown():
    table = config_diff.table(
        {"a": {"name": "x", "size": [1, 2], "limit": None}, "b": {"name": "x", "size": [1, 3], "filters": [4]}}
    ).set_index("Setting")
    assert table["Differs"].to_dict() == {"name": "", "size": MARK, "limit": MARK, "filters": MARK}
    assert table.loc["limit", "b"] == ABSENT
    assert table.loc["filters", "a"] == ABSENT
    assert table.loc["size", "b"] == "1, 3"


def test_only_values_unlike_the_first_run_are_lit():
    table = config_diff.table({"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}})
    styler = config_diff.lit(table)._compute()
    lit = {position for position, style in styler.ctx.items() if any(style)}
    assert lit == {(1, 4)}
