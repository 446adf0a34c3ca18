"""The model card: Markdown from a file, reduced to what is safe to show on a page."""

import re
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data import decode
from pages.shared.ui.layout import escape_markdown

_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_IMAGE_LINE = re.compile(r"^!\[([^\]\n]*)\]\(([^)\s]+)\)[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^#(?=#* )", re.MULTILINE)
_SPECIAL = re.compile(r"(?<!\\)([$]|:(?=[a-z]+[-_a-z]*[\[:/]))")


def draw(text: str, folder: Path) -> None:
    """Draw a model card; pictures are shown if they stand on a line of their own and lie in the model's ``folder``."""
    with st.container(key="model_card", width=820):
        start = 0
        for match in _IMAGE_LINE.finditer(text):
            pixels = _picture(folder, match[2])
            if pixels is not None:
                st.markdown(readable(text[start : match.start()]), anchors=False)
                st.image(pixels, caption=escape_markdown(match[1]), alt=match[1] or "Without a description")
                start = match.end()
        st.markdown(readable(text[start:]), anchors=False)


def _picture(folder: Path, address: str) -> NDArray[np.uint8] | None:
    """Return a picture of a card, or None if it lies outside of ``folder`` or cannot be read."""
    file = (folder / address).resolve()
    try:
        return decode.read(file) if file.is_relative_to(folder.resolve()) else None
    except decode.ImageError:
        return None


def readable(text: str) -> str:
    r"""Return a card's Markdown in a form that is safe to show on a page.

    Comments are removed. Pictures become their descriptions, because a page fetches nothing from elsewhere. Headings
    move down one level, below the page's own. Streamlit's marks for formulas, colours and icons are escaped.

    >>> readable("# A [link](https://example.org)\n![Mask](mask.png) for $5")
    '## A [link](https://example.org)\n*Picture: Mask* for \\$5'
    """
    parts = _CODE.split(_COMMENT.sub("", text))
    return "".join(part if part.startswith("`") else _prose(part) for part in parts)


def _prose(text: str) -> str:
    text = _IMAGE.sub(lambda match: f"*Picture: {match[1] or 'without a description'}*", text)
    return _SPECIAL.sub(r"\\\1", _HEADING.sub("##", text))
