import sys

import pytest

from configs import memory
from configs.errors import UserError
from configs.memory import MEMORY_MB, working_bytes
from tests.facts import facts


@pytest.mark.parametrize(("setting", "expected"), [("", MEMORY_MB), ("250", 250), (" 4000 ", 4000)])
def test_the_setting(monkeypatch, setting, expected):
    monkeypatch.setenv("SEGDECK_MEMORY", setting)
    assert working_bytes() == expected * 1_000_000


@pytest.mark.parametrize("setting", ["0", "-5", "1.5", "2 GB", "²"])
def test_a_setting_that_is_no_number(monkeypatch, setting):
    monkeypatch.setenv("SEGDECK_MEMORY", setting)
    with pytest.raises(UserError, match=facts("SEGDECK_MEMORY", str(MEMORY_MB))):
        working_bytes()


@pytest.mark.parametrize(
    ("meminfo", "limit", "taken", "expected"),
    [
        ("MemTotal: 9000 kB\nMemAvailable:    2000 kB\n", None, None, 2_048_000),
        ("MemAvailable: 2000 kB\n", "max\n", "500\n", 2_048_000),
        ("MemAvailable: 2000 kB\n", "1000\n", "400\n", 600),
        ("MemAvailable: 2000 kB\n", "1000\n", "1400\n", 0),
        ("MemTotal: 9000 kB\n", None, None, sys.maxsize),
        (None, None, None, sys.maxsize),
    ],
)
def test_what_is_available_on_the_computer_or_in_the_container(tmp_path, monkeypatch, meminfo, limit, taken, expected):
    for name, content in {"meminfo": meminfo, "memory.max": limit, "memory.current": taken}.items():
        if content is not None:
            (tmp_path / name).write_text(content)
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert memory.available_bytes() == expected
