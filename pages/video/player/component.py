"""The player: the camera or a video file, and one panel per model, live in the browser."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from configs import limits
from models.runs.model import Model
from pages.shared.content.live_permits import Permit
from pages.shared.ui import assets

_SHARED = ("text", "colours", "labels", "settings", "legend", "readout")
_PARTS = ("messages", "connection", "encoder", "stream", "camera", "clip", "figures", "panel", "look", "player")
_mount = assets.component(Path(__file__).parent, *_PARTS, shared=_SHARED, styles=[assets.PANELS / "panels.css"])


def player(models: Mapping[str, Model], permit: Permit, key: str) -> None:
    """Draw the player; it goes on while a player with this key is drawn, also with other models."""
    _mount(key=key, data=payload(models, permit))


def payload(models: Mapping[str, Model], permit: Permit) -> dict[str, Any]:
    """Return the JSON data for the browser: where frames go, how large they may be, and the models' classes."""
    return {
        "address": permit.address,
        "most_bytes": limits.live_frame_bytes(),
        "most_pixels": limits.live_frame_pixels(),
        "models": [_model(name, run) for name, run in models.items()],
    }


def _model(name: str, run: Model) -> dict[str, Any]:
    space = run.label_space
    classes = [{"id": index, "name": space.names[index], "colour": space.colours[index]} for index in space.scored]
    return {
        "name": name,
        "note": run.dataset.title,
        "space": run.dataset.name,
        "classes": classes,
        "input": run.input_size,
    }
