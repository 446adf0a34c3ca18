"""Names of saved files, which part of one is sent, and when a prepared file is forgotten."""

import gc
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.server.save import byte_range, disposition
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


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 10))
def test_a_range_has_the_bytes_that_its_numbers_name(first, last, size):
    content = bytes(range(size))
    expected = {
        f"bytes={first}-": content[first:],
        f"bytes=-{last}": content[max(0, size - last) :],
        f"bytes={first}-{last}": content[first : last + 1] if first <= last else None,
    }
    for header, wanted in expected.items():
        found = byte_range(header, size)
        if wanted is None:
            assert found is None, "it ends before it begins, so it is ignored"
        else:
            assert found is not None
            file = PrivateFile("a", "b", io.BytesIO(content), size, "session", "cookie")
            assert b"".join(file.chunks(*found)) == wanted
            assert found[1] <= size


@pytest.mark.parametrize(
    "header", [None, "", "bytes=", "bytes=-", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=-1-2"]
)
def test_what_is_no_single_range_is_answered_with_the_whole_file(header):
    assert byte_range(header, 10) is None


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
