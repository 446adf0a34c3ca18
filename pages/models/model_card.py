"""A model card on a page: Markdown from a file, which may do nothing but be read."""

import re
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data import decode
from pages.shared.ui.layout import escape_markdown

_FENCE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_ALONE = re.compile(r"^!\[([^\]\n]*)\]\(([^)\s]+)\)[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^#(?=#* )", re.MULTILINE)
_SPECIAL = re.compile(r"(?<!\\)([$]|:(?=[a-z]+[-_a-z]*[\[:/]))")


def card(text: str, folder: Path) -> None:
    """Draw a model card; a picture that has a line to itself and lies in the model's ``folder`` is shown."""
    with st.container(key="model_card", width=820):
        begin = 0
        for match in _ALONE.finditer(text):
            pixels = _picture(folder, match[2])
            if pixels is not None:
                st.markdown(readable(text[begin : match.start()]), anchors=False)
                st.image(pixels, caption=escape_markdown(match[1]), alt=match[1] or "Without a description")
                begin = match.end()
        st.markdown(readable(text[begin:]), anchors=False)


def _picture(folder: Path, address: str) -> NDArray[np.uint8] | None:
    """Return a picture of a card, or nothing if it is none or from elsewhere."""
    file = (folder / address).resolve()
    if not file.is_relative_to(folder.resolve()):
        return None
    try:
        return decode.read(file)
    except decode.ImageError:
        return None


def readable(text: str) -> str:
    r"""Return a card's Markdown without what a page must not do.

    Comments go; pictures become their descriptions, because a page fetches nothing from elsewhere; headings go down by
    one, below the page's own; the signs that Streamlit takes for formulas, colours and icons stay what they are.

    >>> readable("# A [link](https://example.org)\n![Mask](mask.png) for $5")
    '## A [link](https://example.org)\n*Picture: Mask* for \\$5'
    """
    parts = _FENCE.split(_COMMENT.sub("", text))
    return "".join(part if part.startswith("`") else _prose(part) for part in parts)


def _prose(text: str) -> str:
    text = _IMAGE.sub(lambda match: f"*Picture: {match[1] or 'without a description'}*", text)
    return _SPECIAL.sub(r"\\\1", _HEADING.sub("##", text))
