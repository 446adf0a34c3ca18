"""A player of the masks predicted after each epoch of training, with one panel per run."""

import base64
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from models.runs.run import Run
from pages.shared.ui import assets
from pages.shared.ui.page_state import PageState

MAX_FRAMES = 120
"""Frames sent to the browser per run; a longer training is thinned to evenly spaced epochs."""
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_mount = assets.component(Path(__file__).parent)


def picture_titles(runs: Mapping[str, Run]) -> dict[str, str]:
    """Return the titles of the pictures with previews, by folder name; those that most runs share come first."""
    counts = Counter(name for run in runs.values() for name in _preview_folders(run))
    return {name: _title(name) for name in sorted(counts, key=lambda name: (-counts[name], name))}


def draw_previews(state: PageState, runs: Mapping[str, Run]) -> None:
    """Draw the choice of a picture and the player of its masks; moving through the epochs happens in the browser."""
    st.header("Masks taking shape", anchor=False)
    titles = picture_titles(runs)
    if not titles:
        st.info("The chosen runs have no previews yet. Each finished epoch adds one.")
        return
    options = list(titles)
    about = "The mask that each model predicts after each epoch. Pictures of the validation split, and samples."
    binding = state.widget("picture", options[0], options)
    picture = st.selectbox("Picture", options, format_func=_title, width=360, help=about, **binding)
    _mount(key="preview_player", data=payload(runs, picture))
    state.write_link()


def payload(runs: Mapping[str, Run], picture: str) -> dict[str, Any]:
    """Return the data of the component: for each run its epochs, their PNG images and its classes."""
    return {"picture": _title(picture), "runs": [_panel(name, run, picture) for name, run in runs.items()]}


def _panel(name: str, run: Run, picture: str) -> dict[str, Any]:
    frames = _thinned(frame_files(run, picture))
    space = run.label_space
    images = {epoch: _frame(str(path), path.stat().st_mtime_ns) for epoch, path in frames.items() if path.is_file()}
    readable = {epoch: image for epoch, image in images.items() if image}
    return {
        "name": name,
        "epochs": list(readable),
        "images": list(readable.values()),
        "classes": [{"name": space.names[index], "colour": space.colours[index]} for index in space.scored],
    }


def frame_files(run: Run, picture: str) -> dict[int, Path]:
    """Return the preview files of a picture by epoch; files with other names are ignored."""
    files = (file for file in (run.previews / picture).glob("*.png") if re.fullmatch("[0-9]{1,6}", file.stem))
    return dict(sorted((int(file.stem), file) for file in files))


def _thinned(frames: dict[int, Path]) -> dict[int, Path]:
    """Return at most ``MAX_FRAMES`` evenly spaced frames, including the first and the last."""
    if len(frames) <= MAX_FRAMES:
        return frames
    epochs = list(frames)
    kept = [epochs[index * (len(epochs) - 1) // (MAX_FRAMES - 1)] for index in range(MAX_FRAMES)]
    return {epoch: frames[epoch] for epoch in kept}


def _preview_folders(run: Run) -> list[str]:
    folders = [folder for folder in run.previews.glob("*") if folder.is_dir() and folder.name.isprintable()]
    return [folder.name for folder in folders if frame_files(run, folder.name)]


def _title(name: str) -> str:
    """Return the title of a preview folder, such as ``val_Bengal_64`` or ``sample_chelsea``."""
    kind, _, rest = name.partition("_")
    kinds = {"val": "Validation", "sample": "Sample"}
    return f"{kinds[kind]}: {rest}" if kind in kinds and rest else name


@st.cache_data(max_entries=4096, show_spinner=False)
def _frame(path: str, changed: int) -> str:
    """Return a preview as a ``data:`` URL, or an empty string if the file is not a PNG."""
    content = Path(path).read_bytes()
    return "data:image/png;base64," + base64.b64encode(content).decode() if content.startswith(PNG_SIGNATURE) else ""
