"""Tiles of pictures with their masks; photograph, mask or overlay is chosen in the browser."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
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

OVERLAY, MASK, PHOTOGRAPH, SINGLE_CLASS = "overlay", "mask", "photograph", "only"
MODES = {OVERLAY: "Overlay", MASK: "Mask", PHOTOGRAPH: "Photograph"}
"""Display modes of every picture: their names in the address and on the page."""
FEW = 4
"""Number of classes named below a picture, largest first."""
SIDE = 800
"""Longest side of a tile in pixels, so that tiles, and a cache of hundreds, stay small."""
KEY = "dataset_tiles"
_CLEAR = 255

_mount = assets.component(Path(__file__).parent)


@dataclass(frozen=True)
class Tile:
    """One picture as sent to the browser.

    Attributes:
        size: Height and width in pixels, before shrinking.
        photograph: A ``data:`` URL, as are the masks.
        mask: The mask in the colours of the label space, with void transparent.
        only: The mask of one class alone, or empty.
        shares: The share of each of the largest classes, as text.
    """

    id: str
    size: tuple[int, int]
    photograph: str
    mask: str
    only: str
    shares: str


def draw_tiles(
    dataset: str, tiles: Sequence[Tile], split: str, modes: dict[str, str], mode: str, on_mode: Callable[[str], None]
) -> str | None:
    """Draw pictures with their masks, and return the id of the one just chosen to compare models on, if any.

    Args:
        dataset: Name of the dataset.
        tiles: The pictures.
        split: Their split.
        modes: Titles of the display modes by name.
        mode: The current display mode.
        on_mode: Called with the display mode that the visitor chooses, before the page reruns.
    """
    payload = [_payload(dataset, split, tile) for tile in tiles]
    # Ids alone would not do: pictures of two splits, or versions of a file, may share them.
    digest = hashlib.sha256(repr(payload).encode()).hexdigest()
    result = _mount(
        key=KEY,
        data={"mode": mode, "modes": modes, "digest": digest, "tiles": payload},
        on_mode_change=lambda: on_mode(st.session_state[KEY]["mode"]),
        on_compare_change=lambda: None,
    )
    return result["compare"]


def _payload(dataset: str, split: str, tile: Tile) -> dict[str, Any]:
    link = "Compare?" + urlencode({"dataset": dataset, "split": split, "id": tile.id})
    return asdict(tile) | {"alt": f"{tile.id}, which shows {tile.shares}", "link": link}


def load_tile(samples: Samples, index: int, only: int | None) -> Tile:
    """Return the tile of a picture of a split; ``only`` is the id of the class that can be shown alone, if any."""
    return _tile(str(samples.directory), samples.split, index, only, samples)


# The directory is named by a digest of all images and masks, so it identifies their content.
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
    """Return the share of each class in a picture as text, the largest first."""
    counts = np.bincount(mask.ravel(), minlength=len(space))
    order = [int(index) for index in np.argsort(-counts, kind="stable") if counts[index]]
    return few([f"{space.names[index]} {100 * counts[index] / mask.size:.1f} %" for index in order], FEW)


def _png_address(labels: NDArray[np.uint8], space: LabelSpace) -> str:
    """Return a label map as the ``data:`` URL of a PNG in which ``_CLEAR`` is transparent."""
    png = palette_png(labels.astype(np.uint8), space, transparent=_CLEAR)
    return "data:image/png;base64," + base64.b64encode(png).decode()
