import gc

import pytest

from pages.shared.ui import held_uploads


class Owner:
    """Something that holds an upload."""


@pytest.fixture
def forgotten(monkeypatch):
    """Give the digests that are forgotten during the test."""
    gc.collect()
    held_uploads.forget_dropped()
    found: list[str] = []
    monkeypatch.setattr(held_uploads, "_forgetters", [found.append])
    return found


def test_an_upload_counts_until_its_last_owner_is_gone(forgotten):
    before = held_uploads.held_bytes()
    one, other = Owner(), Owner()
    held_uploads.hold(one, "a", 10)
    held_uploads.hold(other, "a", 10)
    assert held_uploads.held_bytes() == before + 20
    del one
    assert held_uploads.held_bytes() == before + 10
    assert not held_uploads.forget_dropped()
    assert forgotten == []
    del other
    assert held_uploads.held_bytes() == before
    assert held_uploads.forget_dropped()
    assert forgotten == ["a"]
    assert not held_uploads.forget_dropped()


def test_an_upload_that_came_back_is_not_forgotten(forgotten):
    one = Owner()
    held_uploads.hold(one, "a", 10)
    del one
    held_uploads.held_bytes()
    again = Owner()
    held_uploads.hold(again, "a", 10)
    assert not held_uploads.forget_dropped()
    assert forgotten == []
