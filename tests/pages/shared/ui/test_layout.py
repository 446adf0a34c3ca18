"""Texts from outside on a page."""

import pytest

from pages.shared.ui.layout import escape_markdown, pages, path_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a_b*c.png", r"a\_b\*c.png"), ("$1 :red[x]", r"\$1 \:red\[x\]"), ("<b>", r"\<b\>"), ("C:\\x", r"C\:\\x")],
)
def test_markdown_in_a_file_name_is_shown_as_it_is(text, shown):
    assert escape_markdown(text) == shown


def test_the_navigation_finds_every_page():
    assert pages()[:2] == [("streamlit_app.py", "Overview"), ("pages/1_Compare.py", "Compare")]


def test_a_page_is_found_by_its_title():
    assert path_of("Overview") == "streamlit_app.py"
    assert path_of("Datasets") == "pages/4_Datasets.py"
