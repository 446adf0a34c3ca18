"""A model card on a page: Markdown from a file, which may do nothing but be read."""

import re

import streamlit as st

_FENCE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_HEADING = re.compile(r"^#(?=#* )", re.MULTILINE)
_SPECIAL = re.compile(r"(?<!\\)([$]|:(?=[a-z]+[-_a-z]*[\[:/]))")


def card(text: str) -> None:
    """Draw a model card."""
    with st.container(key="model_card", width=820):
        st.markdown(readable(text), anchors=False)


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
