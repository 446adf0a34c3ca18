"""The viewer: one picture and the label maps for it in panels that zoom and move together in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pages.shared.content.images import Picture, display
from pages.shared.ui import assets

_PARTS = (
    *("text", "colours", "view", "labels", "settings", "link", "address", "boxes", "layer"),
    *("gestures", "stage", "legend", "panel", "swipe_divider", "toolbar", "viewer"),
)
_mount = assets.component(Path(__file__).parent, *_PARTS)


@dataclass(frozen=True)
class PanelClass:
    """One class in the legend of a panel.

    Attributes:
        ident: The id in the panel's label map.
        name: Name of the class.
        colour: ``#rrggbb``.
        share: Share of the picture's pixels, 0 to 1.
    """

    ident: int
    name: str
    colour: str
    share: float


@dataclass(frozen=True)
class PanelObject:
    """One object whose box a panel can draw.

    Attributes:
        ident: Class id.
        box: Left, top, width and height as fractions of the picture.
        area: Share of the picture's pixels, 0 to 1.
        confidence: Mean confidence, 0 to 1.
    """

    ident: int
    box: tuple[float, float, float, float]
    area: float
    confidence: float


@dataclass(frozen=True)
class Panel:
    """One label map over the picture: a model's prediction, the ground truth, or the agreement map.

    Attributes:
        name: Title of the panel, unique in a viewer.
        kind: What the label map shows.
        note: A few words beside the title, such as the dataset that a model was trained on.
        space: Name of the label space; panels of the same space hide and show classes together.
        size: Height and width of the label map.
        labels: The label map, as ``packing.pack`` returns it.
        confidence: The packed row differences of the confidence in per cent, or None if there is none.
        classes: The classes in the legend; pixels of any other id are not drawn.
        objects: The objects whose boxes can be drawn.
        time: Duration of the prediction, such as ``14 ms``; empty if there is none.
        time_note: What was timed.
    """

    name: str
    kind: Literal["model", "truth", "agreement"]
    note: str
    space: str
    size: tuple[int, int]
    labels: str
    confidence: str | None
    classes: tuple[PanelClass, ...]
    objects: tuple[PanelObject, ...] = ()
    time: str = ""
    time_note: str = ""


def viewer(picture: Picture, panels: Sequence[Panel], key: str) -> None:
    """Draw the photograph and the panels beside it.

    Args:
        picture: The picture; it must be decodable.
        panels: The panels in their order.
        key: Identifies the viewer on the page; zoom and settings are kept while a viewer with this key is drawn.
    """
    _mount(key=key, data=payload(picture, panels))


def payload(picture: Picture, panels: Sequence[Panel]) -> dict[str, Any]:
    """Return the JSON data for the browser; see ``viewer`` for the arguments."""
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
        "panels": [_panel(panel) for panel in panels],
    }


def duration(seconds: float) -> str:
    """Format a time: ``14 ms``, ``1.2 s``."""
    milliseconds = seconds * 1000
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 999.5 else f"{seconds:.1f} s"


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "name": panel.name,
        "kind": panel.kind,
        "note": panel.note,
        "space": panel.space,
        "time": panel.time,
        "time_note": panel.time_note,
        "height": panel.size[0],
        "width": panel.size[1],
        "labels": panel.labels,
        "confidence": panel.confidence,
        "classes": [
            {"id": entry.ident, "name": entry.name, "colour": entry.colour, "share": entry.share}
            for entry in panel.classes
        ],
        "objects": [
            {"id": thing.ident, "box": thing.box, "area": thing.area, "confidence": thing.confidence}
            for thing in panel.objects
        ],
    }
