import pytest

from data import progress


def test_all_items_come_through_and_nothing_is_printed_off_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(progress.counted([3, 1, 2], "counting")) == [3, 1, 2]
    with progress.bar("file", 10, "B", unit_scale=True) as bar:
        bar.update(10)
    assert capfd.readouterr() == ("", "")
