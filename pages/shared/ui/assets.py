"""The pages' own browser components: plain HTML, CSS and JavaScript files, without a build step."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

SHARED = Path(__file__).parent
"""Folder of the styles and the script that every component uses."""
PANELS = SHARED / "panels"
"""Folder of what components use that paint label maps over pictures."""


def component(folder: Path, *scripts: str, shared: Sequence[str] = (), styles: Sequence[Path] = ()) -> Any:
    """Register the component in ``folder``, and return the function that mounts it.

    The component, its HTML and its CSS are named after the folder, and so is its script unless ``scripts`` are named,
    without ``.js``. Streamlit takes one JavaScript module per component, so they are concatenated in this order, after
    those of ``PANELS`` that ``shared`` names. ``styles`` come before its own.
    """
    name = folder.name
    return st.components.v2.component(
        f"segdeck_{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css=_concatenate(SHARED / "component.css", *styles, folder / f"{name}.css"),
        js=_concatenate(
            SHARED / "component.js",
            *(PANELS / f"{script}.js" for script in shared),
            *(folder / f"{script}.js" for script in scripts or (name,)),
        ),
    )


def _concatenate(*files: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
