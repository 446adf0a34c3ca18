"""A page that shows only the viewer, on label maps whose every pixel is known; served by a browser test."""

import base64
import io
import zlib
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.compare.viewer.component import Panel, PanelClass, PanelObject, viewer
from pages.shared.content.images import Picture

SIZE = (64, 96)
CAT, GROUND, NOTHING = 0, 1, 9
Kind = Literal["model", "truth", "agreement"]
COLOURS = {"cat": "#e69f00", "ground": "#0072b2", "agree": "#f0f0f0", "differ": "#cc79a7"}
BOX = (0.125, 0.25, 0.25, 0.5)  # the cat's in the first panel: left, top, width and height as fractions


def sided() -> NDArray[np.uint8]:
    """Return the cat on the left, the ground on the right."""
    labels = np.full(SIZE, GROUND, np.uint8)
    labels[:, : SIZE[1] // 2] = CAT
    return labels


def layered() -> NDArray[np.uint8]:
    """Return the cat above, the ground below."""
    labels = np.full(SIZE, GROUND, np.uint8)
    labels[: SIZE[0] // 2] = CAT
    return labels


def partly_labelled() -> NDArray[np.uint8]:
    """Return the cat on the left, the right quarter unlabelled."""
    labels = sided()
    labels[:, 3 * SIZE[1] // 4 :] = NOTHING
    return labels


def confidence() -> NDArray[np.uint8]:
    """Return 0 % at the top, 25, 50 and 100 % further down."""
    return np.repeat(np.array([0, 25, 50, 100], np.uint8), SIZE[0] // 4)[:, None].repeat(SIZE[1], axis=1)


def pack(plane: NDArray[np.uint8]) -> str:
    return base64.b64encode(zlib.compress(plane.tobytes())).decode()


def panel(name: str, kind: Kind, labels: NDArray[np.uint8], names=("cat", "ground"), objects=()) -> Panel:
    classes = tuple(
        PanelClass(ident, title, COLOURS[title], float((labels == ident).mean())) for ident, title in enumerate(names)
    )
    percent = np.diff(confidence(), axis=1, prepend=np.uint8(0))
    known = pack(percent) if kind == "model" else None
    space = "".join(names)
    return Panel(name, kind, "made up", space, SIZE, pack(labels), known, classes, objects)


def picture(seed: int) -> Picture:
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 60, (*SIZE, 3), np.uint8)).save(content, "PNG")
    return Picture(f"digest {seed}", f"noise {seed}", "made up", content=content.getvalue())


def panels(more: bool) -> list[Panel]:
    agreement = (sided() != layered()).astype(np.uint8)
    return [
        panel("sided", "model", sided(), objects=(PanelObject(CAT, BOX, 0.125, 0.87),)),
        panel("layered", "model", layered()),
        *([panel("third", "model", layered())] if more else []),
        panel("Ground truth", "truth", partly_labelled()),
        panel("Agreement", "agreement", agreement, ("agree", "differ")),
    ]


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    viewer(picture(int(st.checkbox("Another picture"))), panels(st.checkbox("A third model")), key="viewer")
