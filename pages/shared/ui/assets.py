"""Register the pages' own browser components from plain HTML, CSS and JavaScript files, without a build step."""

from pathlib import Path
from typing import Any

import streamlit as st

SHARED = Path(__file__).parent
"""Folder of the styles and the script that every component uses."""


def component(folder: Path, *scripts: str) -> Any:
    """Register the component in ``folder``, named after it, and return the function that mounts it.

    Streamlit takes one JavaScript module per component, so its scripts are concatenated.

    Args:
        folder: Contains ``NAME.html``, ``NAME.css`` and the scripts, where ``NAME`` is the folder's name.
        scripts: Names of the scripts without ``.js``, in order; by default the one named after the folder.
    """
    name = folder.name
    return st.components.v2.component(
        f"segdeck_{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css=_concatenate(SHARED / "component.css", folder / f"{name}.css"),
        js=_concatenate(SHARED / "component.js", *(folder / f"{script}.js" for script in scripts or (name,))),
    )


def _concatenate(*files: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
