"""The masks that trainings predicted after every epoch, as a film with one panel per run."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from models.runs.run import Run
from pages.shared.ui import assets

MOST_FRAMES = 120
"""Frames sent to the browser per run; of a longer training, epochs spread evenly."""
PNG = b"\x89PNG\r\n\x1a\n"

_mount = assets.component(Path(__file__).parent)


def pictures(runs: Mapping[str, Run]) -> dict[str, str]:
    """Return the pictures that any of the runs has previews of, with their titles; those of most runs come first."""
    counts: dict[str, int] = {}
    for run in runs.values():
        for name in _folders(run):
            counts[name] = counts.get(name, 0) + 1
    return {name: _title(name) for name in sorted(counts, key=lambda name: (-counts[name], name))}


def film(runs: Mapping[str, Run], picture: str, key: str) -> None:
    """Draw the film of one picture; moving through the epochs happens in the browser.

    Args:
        runs: Runs by name, in the order of the panels.
        picture: A name that ``pictures`` returns.
        key: Identifies the film on the page.
    """
    _mount(key=key, data=payload(runs, picture))


def payload(runs: Mapping[str, Run], picture: str) -> dict[str, Any]:
    """Return what the browser needs, as JSON: for each run its epochs, a PNG for each, and its classes."""
    return {"picture": _title(picture), "runs": [_panel(name, run, picture) for name, run in runs.items()]}


def _panel(name: str, run: Run, picture: str) -> dict[str, Any]:
    frames = _thinned(frame_files(run, picture))
    space = run.label_space
    images = {epoch: _frame(str(path), path.stat().st_mtime_ns) for epoch, path in frames.items() if path.is_file()}
    sound = {epoch: image for epoch, image in images.items() if image}
    return {
        "name": name,
        "epochs": list(sound),
        "images": list(sound.values()),
        "classes": [{"name": space.names[index], "colour": space.colours[index]} for index in space.scored],
    }


def frame_files(run: Run, picture: str) -> dict[int, Path]:
    """Return the previews of a picture by epoch; files of another name are passed over."""
    files = (run.previews / picture).glob("*.png")
    return dict(sorted((int(file.stem), file) for file in files if file.stem.isdecimal()))


def _thinned(frames: dict[int, Path]) -> dict[int, Path]:
    """Return at most ``MOST_FRAMES`` of the frames, the first and the last among them."""
    if len(frames) <= MOST_FRAMES:
        return frames
    epochs = list(frames)
    chosen = [epochs[index * (len(epochs) - 1) // (MOST_FRAMES - 1)] for index in range(MOST_FRAMES)]
    return {epoch: frames[epoch] for epoch in chosen}


def _folders(run: Run) -> list[str]:
    return [folder.name for folder in run.previews.glob("*") if folder.is_dir() and frame_files(run, folder.name)]


def _title(name: str) -> str:
    """Return the title of a preview folder, as ``val_Bengal_64`` or ``sample_chelsea``."""
    kind, _, rest = name.partition("_")
    words = {"val": "Validation", "sample": "Sample"}
    return f"{words[kind]}: {rest}" if kind in words and rest else name


@st.cache_data(max_entries=4096, show_spinner=False)
def _frame(path: str, changed: int) -> str:
    """Return a preview as a ``data:`` address, or nothing if it is no PNG."""
    content = Path(path).read_bytes()
    return "data:image/png;base64," + base64.b64encode(content).decode() if content.startswith(PNG) else ""
