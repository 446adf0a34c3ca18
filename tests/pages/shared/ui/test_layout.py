"""Escaping of Markdown, the list of pages, and errors of SegDeck itself."""

import pytest

from pages.shared.ui.layout import escape_markdown, pages, path_of
from tests.pages.app import start


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a_b*c.png", r"a\_b\*c.png"), ("$1 :red[x]", r"\$1 \:red\[x\]"), ("<b>", r"\<b\>"), ("C:\\x", r"C\:\\x")],
)
def test_markdown_in_a_file_name_is_escaped(text, shown):
    assert escape_markdown(text) == shown


def test_the_navigation_finds_every_page():
    assert pages()[:2] == [("streamlit_app.py", "Overview"), ("pages/1_Compare.py", "Compare")]


def test_a_page_is_found_by_its_title():
    assert path_of("Overview") == "streamlit_app.py"
    assert path_of("Datasets") == "pages/4_Datasets.py"


def test_a_bug_is_reported_without_details_and_logged(monkeypatch, caplog):
    def broken():
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("pages.overview.page.draw_page", broken)
    app = start()
    assert not app.exception
    (error,) = app.error
    assert "an error in SegDeck" in error.value
    assert "server's log" in error.value
    assert "secret detail" not in error.value
    assert "secret detail" in caplog.text
    assert [link.proto.label for link in app.get("page_link")] == [title for _, title in pages()]
