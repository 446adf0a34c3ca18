import pytest
import streamlit as st

from pages.shared.ui import visitor


class Context:
    """What Streamlit knows about a visitor; the address of one on the same computer is None."""

    def __init__(self, address, headers):
        self.ip_address, self.headers = address, headers


@pytest.mark.parametrize(
    ("address", "headers", "allowed"),
    [
        (None, {"host": "localhost:8501"}, True),
        (None, {"host": "127.0.0.1:8501"}, True),
        (None, {"host": "[::1]:8501"}, True),
        (None, {"host": "localhost"}, True),
        ("192.168.1.7", {"host": "localhost:8501"}, False),
        ("192.168.1.7", {"host": "segdeck.example.org"}, False),
        (None, {"host": "segdeck.example.org"}, False),
        (None, {"host": "localhost:8501", "x-forwarded-for": "203.0.113.5"}, False),
        (None, {"host": "localhost:8501", "forwarded": "for=203.0.113.5"}, False),
        (None, {}, False),
    ],
)
def test_only_a_visitor_on_this_computer_may_add(monkeypatch, address, headers, allowed):
    monkeypatch.delenv("SEGDECK_ADDING", raising=False)
    monkeypatch.setattr(st, "context", Context(address, headers))
    assert visitor.may_add() is allowed
    monkeypatch.setenv("SEGDECK_ADDING", "off")
    assert not visitor.may_add()
