"""The configs of runs side by side."""

from pages.training import config_diff
from pages.training.config_diff import ABSENT, MARK


def test_settings_of_one_run_have_no_differences():
    table = config_diff.table({"a": {"train": {"epochs": 3, "loss": {"dice": 0.5}}}})
    assert table["Setting"].tolist() == ["train.epochs", "train.loss.dice"]
    assert table["a"].tolist() == ["3", "0.5"]
    assert table["Differs"].tolist() == ["", ""]


def test_differences_are_marked_and_missing_settings_shown():
    table = config_diff.table(
        {"a": {"name": "x", "size": [1, 2], "limit": None}, "b": {"name": "x", "size": [1, 3], "filters": [4]}}
    ).set_index("Setting")
    assert table["Differs"].to_dict() == {"name": "", "size": MARK, "limit": MARK, "filters": MARK}
    assert table.loc["limit", "b"] == ABSENT
    assert table.loc["filters", "a"] == ABSENT
    assert table.loc["size", "b"] == "1, 3"


def test_only_values_that_differ_from_the_first_run_are_highlighted():
    table = config_diff.table({"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}})
    styler = config_diff.highlight_differences(table)._compute()
    highlighted = {position for position, style in styler.ctx.items() if any(style)}
    assert highlighted == {(1, 4)}


def test_runs_called_like_the_tables_own_columns_have_columns_of_their_own():
    table = config_diff.table({"Setting": {"x": 1}, "Differs": {"x": 2}})
    assert table.iloc[0].to_dict() == {"Differs": MARK, "Setting": "x", "Setting (run)": "1", "Differs (run)": "2"}
    styler = config_diff.highlight_differences(table)._compute()
    assert {position for position, style in styler.ctx.items() if any(style)} == {(0, 3)}
