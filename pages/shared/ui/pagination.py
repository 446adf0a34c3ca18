"""The buttons that turn the pages of a long list."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

Item = TypeVar("Item")


def page_count(items: Sequence[Item], per_page: int) -> int:
    """Return the number of pages that hold ``items``.

    >>> page_count("abcde", 2), page_count("", 2)
    (3, 0)
    """
    return -(-len(items) // per_page)


def pagination(
    items: Sequence[Item],
    per_page: int,
    about: str,
    key: str,
    page: int | None = None,
    on_turn: Callable[[int], None] | None = None,
) -> Sequence[Item]:
    """Draw the buttons that turn the pages and which items are shown, and return the items of the current page.

    Args:
        items: All items; not empty.
        per_page: The number of items of a page.
        about: What the items are, with their number, as ``30 pictures``.
        key: Identifies the buttons, which keep the page number; another list needs another key.
        page: The current page, counted from 1, if the caller keeps it instead.
        on_turn: Called with the new page when the visitor turns to it.
    """
    count = page_count(items, per_page)
    if page is not None and st.session_state.get(key, page) != page:  # a link leads to another page than the buttons
        st.session_state[key] = page
    turn = None if on_turn is None else lambda: on_turn(st.session_state[key])
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        current = st.pagination(count, default=page or 1, key=key, on_change=turn or "rerun") if count > 1 else 1
        first = (current - 1) * per_page
        shown = items[first : first + per_page]
        st.caption(f"{first + 1} to {first + len(shown)} of {about}", width="content")
    return shown
