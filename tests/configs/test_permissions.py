import pytest

from configs import permissions


@pytest.mark.parametrize(
    ("setting", "local", "remote"),
    [
        (None, True, False),
        ("", True, False),
        ("on", True, True),
        ("ON", True, True),
        ("off", False, False),
        ("yes", False, False),
    ],
)
def test_adding_is_for_visitors_on_this_computer_unless_a_setting_says_otherwise(monkeypatch, setting, local, remote):
    monkeypatch.delenv("SEGDECK_ADDING", raising=False)
    if setting is not None:
        monkeypatch.setenv("SEGDECK_ADDING", setting)
    assert permissions.adding_allowed(visitor_is_local=True) is local
    assert permissions.adding_allowed(visitor_is_local=False) is remote
