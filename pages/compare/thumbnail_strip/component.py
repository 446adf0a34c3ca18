"""The strip of thumbnails from which a picture is chosen."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from pages.shared.content.images import Picture, thumbnail
from pages.shared.ui import assets

_mount = assets.component(Path(__file__).parent)


def picker(
    pictures: Sequence[Picture],
    selected: str,
    key: str,
    choose: Callable[[str], None],
    remove: Callable[[str], None] | None = None,
    *,
    wrap: bool = False,
) -> None:
    """Draw one thumbnail per picture.

    Args:
        pictures: Pictures that open, in the order of the strip.
        selected: Digest of the chosen one; it need not be among them.
        key: Identifies the strip on the page.
        choose: Called with the digest of the picture that the visitor clicks, before the page is drawn anew.
        remove: Called with the digest of the picture that the visitor removes; all but sample pictures can be removed.
            By default none can.
        wrap: Whether to go on in a further row where there is no room, and not to scroll sideways.
    """

    def removed() -> None:
        if remove:
            remove(st.session_state[key]["remove"])

    _mount(
        key=key,
        data={
            "selected": selected,
            "wrap": wrap,
            "pictures": [
                {
                    "id": picture.digest,
                    "name": picture.name,
                    "origin": picture.origin,
                    "thumbnail": thumbnail(picture),
                    "removable": remove is not None and picture.sample is None,
                }
                for picture in pictures
            ],
        },
        on_picture_change=lambda: choose(st.session_state[key]["picture"]),
        on_remove_change=removed,
    )
