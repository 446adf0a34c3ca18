"""The viewer: one picture, what each model says about it, all panels moving in step in the browser."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from models.runs import Run
from pages.components import assets
from pages.components.answers import Answer
from pages.components.pictures import Picture, display

_PARTS = ("view", "labels", "gestures", "legend", "panel", "viewer")
_mount = st.components.v2.component(
    "segdeck_viewer",
    html=assets.read("viewer/viewer.html"),
    css=assets.read("viewer/viewer.css"),
    js=assets.read(*(f"viewer/{part}.js" for part in _PARTS)),
)


def viewer(picture: Picture, answers: Sequence[tuple[str, Run, Answer]], key: str) -> None:
    """Draw the photograph and one panel per model.

    Args:
        picture: The picture; it must be one that opens.
        answers: Name, run and answer of each model, in the order of the panels.
        key: Identifies the viewer on the page; its zoom and settings live as long as the key is drawn.
    """
    _mount(key=key, data=payload(picture, answers))


def payload(picture: Picture, answers: Sequence[tuple[str, Run, Answer]]) -> dict[str, Any]:
    """Return what the browser needs, as JSON; see ``viewer`` for the arguments."""
    shown = display(picture)
    return {
        "picture": {
            "id": picture.digest,
            "name": picture.name,
            "credit": picture.credit,
            "url": shown.jpeg,
            "height": shown.shown[0],
            "width": shown.shown[1],
            "original_height": shown.size[0],
            "original_width": shown.size[1],
        },
        "models": [_model(name, run, answer) for name, run, answer in answers],
    }


def duration(seconds: float) -> str:
    """Return a time as people read it: ``14 ms``, ``1.2 s``."""
    milliseconds = seconds * 1000
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 999.5 else f"{seconds:.1f} s"


def _model(name: str, run: Run, answer: Answer) -> dict[str, Any]:
    space = run.label_space
    return {
        "name": name,
        "dataset": run.dataset.title,
        "space": run.dataset.name,
        "time": duration(answer.seconds),
        "time_note": "From the decoded picture to the label map, on the computer that serves this page, computed in "
        f"{answer.precision}; measured when this answer was made.",
        "height": answer.size[0],
        "width": answer.size[1],
        "labels": answer.labels,
        "confidence": answer.confidence,
        "classes": [
            {"id": index, "name": space.names[index], "colour": space.colours[index], "share": answer.shares[index]}
            for index in space.scored
        ],
    }
