"""Pictures of a dataset with their masks, as tiles; photograph, mask or both is chosen in the browser."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data.label_maps import palette_png, resize_nearest
from data.label_space import LabelSpace
from data.store import Samples
from pages.shared.content.images import jpeg, shrink
from pages.shared.ui import assets
from pages.shared.ui.text import few

OVERLAY, MASK, PHOTOGRAPH, ONLY = "overlay", "mask", "photograph", "only"
LOOKS = {OVERLAY: "Overlay", MASK: "Mask", PHOTOGRAPH: "Photograph"}
"""What can be shown of every picture: the name in the address, and on the page."""
FEW = 4
"""Classes told of below a picture; of more, those with most pixels."""
SIDE = 800
"""Longest side of a picture as the browser gets it, in pixels: tiles stay small, and a cache of hundreds does too."""
_CLEAR = 255

_mount = assets.component(Path(__file__).parent)


@dataclass(frozen=True)
class Tile:
    """One picture as the browser gets it.

    Attributes:
        id: The stem of its file.
        size: Its height and width in pixels.
        photograph: The picture as a ``data:`` address.
        mask: Its mask in the colours of the label space, void left clear, as a ``data:`` address.
        only: The same with one class alone, or nothing.
        shares: What the picture shows, in words.
    """

    id: str
    size: tuple[int, int]
    photograph: str
    mask: str
    only: str
    shares: str


def tiles(
    dataset: str,
    entries: Sequence[Tile],
    split: str,
    looks: dict[str, str],
    look: str,
    key: str,
    choose: Callable[[str], None],
) -> str | None:
    """Draw pictures with their masks.

    Args:
        dataset: Name of the dataset.
        entries: The pictures.
        split: The split they are of.
        looks: What can be shown of each: name to title.
        look: The one of them that is shown.
        key: Identifies the tiles on the page.
        choose: Called with what the visitor chooses to see, before the page is drawn anew.

    Returns:
        The id of the picture that the visitor wants to compare models on, right after the click.
    """
    shown = [_payload(dataset, split, one) for one in entries]
    result = _mount(
        key=key,
        data={
            "look": look,
            "looks": looks,
            # Pictures of two splits, or of two versions of a file, may have the same names.
            "shown": hashlib.sha256(repr(shown).encode()).hexdigest(),
            "tiles": shown,
        },
        on_look_change=lambda: choose(st.session_state[key]["look"]),
        on_compare_change=lambda: None,
    )
    return result["compare"]


def _payload(dataset: str, split: str, one: Tile) -> dict[str, str | int]:
    return {
        "id": one.id,
        "height": one.size[0],
        "width": one.size[1],
        "photograph": one.photograph,
        "mask": one.mask,
        "only": one.only,
        "shares": one.shares,
        "alt": f"{one.id}, which shows {one.shares}",
        "link": "Compare?" + urlencode({"dataset": dataset, "split": split, "id": one.id}),
    }


def tile(samples: Samples, index: int, only: int | None) -> Tile:
    """Return a picture as the browser gets it.

    Args:
        samples: The split.
        index: Which picture of it.
        only: The class that can be shown alone, if any.
    """
    return _tile(str(samples.directory), samples.split, index, only, samples)


# The folder of what is built is named by a digest of all images and masks.
@st.cache_data(max_entries=600, show_spinner=False)
def _tile(directory: str, split: str, index: int, only: int | None, _samples: Samples) -> Tile:
    sample, space = _samples[index], _samples.label_space
    photograph = shrink(sample.image, SIDE)
    height, width = photograph.shape[:2]
    mask = resize_nearest(sample.mask, height, width)
    clear = np.where(mask == space.void, _CLEAR, mask) if space.void is not None else mask
    return Tile(
        sample.id,
        (sample.mask.shape[0], sample.mask.shape[1]),
        jpeg(photograph, 85),
        _png_address(clear, space),
        "" if only is None else _png_address(np.where(mask == only, mask, _CLEAR), space),
        _shares(sample.mask, space),
    )


def _shares(mask: NDArray[np.uint8], space: LabelSpace) -> str:
    """Say how much of a picture each class is, the largest first."""
    counts = np.bincount(mask.ravel(), minlength=len(space))
    order = [int(index) for index in np.argsort(-counts, kind="stable") if counts[index]]
    return few([f"{space.names[index]} {100 * counts[index] / mask.size:.1f} %" for index in order], FEW)


def _png_address(labels: NDArray[np.uint8], space: LabelSpace) -> str:
    """Return a label map as the ``data:`` address of a PNG; pixels that are ``_CLEAR`` are."""
    png = palette_png(labels.astype(np.uint8), space, transparent=_CLEAR)
    return "data:image/png;base64," + base64.b64encode(png).decode()
