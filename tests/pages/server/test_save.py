"""Names of saved files, and when a prepared file is forgotten."""

import gc
import io

from hypothesis import given
from hypothesis import strategies as st

from pages.server.save import disposition
from pages.shared.ui import private_files
from pages.shared.ui.private_files import PrivateFile


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_name_breaks_out_of_its_header(name):
    value = disposition(name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2
    assert value.count(";") == 2 + name.count(";")


def test_a_file_is_read_in_pieces_by_several_at_once(monkeypatch):
    monkeypatch.setattr(private_files, "CHUNK", 3)
    file = PrivateFile("a", "b", io.BytesIO(b"0123456789"), 10, "session", "cookie")
    one, other = file.chunks(), file.chunks()
    assert [next(one), next(other), next(other), *one, *other] == [
        b"012",
        b"012",
        b"345",
        b"345",
        b"678",
        b"9",
        b"678",
        b"9",
    ]


def test_a_file_that_nobody_keeps_is_closed_and_found_no_more():
    content = io.BytesIO(b"a")
    file = PrivateFile("a", "b", content, 1, "session", "cookie")
    token = file.token
    assert private_files.find(token) is file
    assert len(token) >= 40
    del file
    gc.collect()
    assert private_files.find(token) is None
    assert content.closed
