"""The viewer: one picture and the label maps for it in panels that zoom and move together in the browser."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pages.shared.content.images import Picture, display
from pages.shared.ui import assets

_SHARED = ("text", "colours", "labels", "settings", "legend", "readout")
_PARTS = (
    *("view", "link", "address", "boxes", "layer"),
    *("gestures", "stage", "panel", "swipe_divider", "toolbar", "viewer"),
)
_mount = assets.component(Path(__file__).parent, *_PARTS, shared=_SHARED, styles=[assets.PANELS / "panels.css"])


@dataclass(frozen=True)
class PanelClass:
    """One class in a panel's legend: id in the label map, ``#rrggbb`` colour, and share of the pixels, 0 to 1."""

    id: int
    name: str
    colour: str
    share: float


@dataclass(frozen=True)
class PanelObject:
    """One object whose box a panel can draw.

    Attributes:
        id: Class id.
        box: Left, top, width and height as fractions of the picture.
        area: Share of the picture's pixels, 0 to 1.
        confidence: Mean confidence, 0 to 1; None if the model does not tell it.
    """

    id: int
    box: tuple[float, float, float, float]
    area: float
    confidence: float | None


@dataclass(frozen=True)
class Panel:
    """One label map over the picture: a model's prediction, the ground truth, or the agreement map.

    Attributes:
        name: Title of the panel, unique in a viewer.
        note: A few words beside the title, such as the dataset that a model was trained on.
        space: Name of the label space; panels of the same space hide and show classes together.
        size: Height and width of the label map.
        labels: The label map, as ``packing.pack`` returns it.
        confidence: ``ImagePrediction.deflated_confidence`` in base64, or None if there is none.
        classes: The classes in the legend; pixels of any other id are not drawn.
        time: Duration of the prediction, such as ``14 ms``; empty if there is none.
        time_note: What was timed.
        verdict: A few words if the picture is unlike those the model was trained on, or if that should be known and
            is not; else empty.
        verdict_note: How that was found out, or why not.
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
    verdict: str = ""
    verdict_note: str = ""


def viewer(picture: Picture, panels: Sequence[Panel], key: str) -> None:
    """Draw a decodable picture with panels beside it; zoom and settings last while a viewer with this key is drawn."""
    _mount(key=key, data=payload(picture, panels))


def payload(picture: Picture, panels: Sequence[Panel]) -> dict[str, Any]:
    """Return the JSON data for the browser."""
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
        "panels": [asdict(panel) | {"height": panel.size[0], "width": panel.size[1]} for panel in panels],
    }


def duration(seconds: float) -> str:
    """Format a time: ``14 ms``, ``1.2 s``."""
    if seconds >= 0.9995:
        return f"{seconds:.1f} s"
    return f"{1000 * seconds:.1f} ms" if seconds < 0.01 else f"{1000 * seconds:.0f} ms"
