"""The strip of thumbnails for choosing a picture."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from pages.shared.content.images import Picture, thumbnail
from pages.shared.ui import assets

_mount = assets.component(Path(__file__).parent)


def thumbnail_strip(
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
        pictures: Pictures that can be decoded.
        selected: Digest of the picture shown; it need not be among them.
        key: Identifies the strip on the page.
        choose: Called with the digest of the picture clicked, before the page is drawn again.
        remove: Called with the digest of the picture to remove; samples, and without it all pictures, are kept.
        wrap: Whether to wrap into further rows instead of scrolling sideways.
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
