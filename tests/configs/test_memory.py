import pytest

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
