"""The browser side of the pages' own components: plain files, joined without a build step."""

from pathlib import Path
from typing import Any

import streamlit as st

SHARED = Path(__file__).parent
"""Holds what all components have in common."""


def component(folder: Path, *scripts: str) -> Any:
    """Register the component whose HTML, CSS and JavaScript lie in ``folder``, named after it, and return its mount.

    A component's JavaScript is one module for Streamlit. Joining keeps its parts in files of their own.

    Args:
        folder: Holds ``NAME.html``, ``NAME.css`` and the scripts; ``NAME`` is that of the folder.
        scripts: Names of the scripts without ``.js``, in order; by default the one named after the folder.
    """
    name = folder.name
    return st.components.v2.component(
        f"segdeck_{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css=_joined(SHARED / "component.css", folder / f"{name}.css"),
        js=_joined(SHARED / "component.js", *(folder / f"{script}.js" for script in scripts or (name,))),
    )


def _joined(*files: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
