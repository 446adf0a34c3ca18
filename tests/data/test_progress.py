import json

import pytest

from data import progress


def test_all_items_come_through_and_nothing_is_printed_off_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(progress.counted([3, 1, 2], "counting")) == [3, 1, 2]
    with progress.bar("file", 10, "B", unit_scale=True) as bar:
        bar.update(10)
    assert capfd.readouterr() == ("", "")


def test_a_program_that_asks_for_it_gets_lines_of_json(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDECK_PROGRESS", "json")
    monkeypatch.setattr(progress, "SECONDS", 0)
    assert list(progress.counted([3, 1, 2], "counting", 3)) == [3, 1, 2]
    with progress.bar("file", None, "B", unit_scale=True) as bar:
        bar.update(10)
    out, err = capfd.readouterr()
    assert out == ""
    lines = [json.loads(line) for line in err.splitlines()]
    assert all(line.keys() == {"progress", "done", "total", "rate"} for line in lines)
    counts = [(line["done"], line["total"]) for line in lines if line["progress"] == "counting"]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == ((0, 3), (3, 3))
    assert [(line["done"], line["total"]) for line in lines if line["progress"] == "file"][-1] == (10, None)
