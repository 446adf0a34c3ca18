"""Helpers of the tests that run the dashboard without a browser."""

import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from streamlit.testing.v1 import AppTest

from configs.paths import ROOT


def start() -> AppTest:
    """Start the dashboard, on its Overview page."""
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()


def open_page(script: str, link: dict[str, str]) -> AppTest:
    """Start the dashboard and open a page by a link with these query parameters."""
    app = start()
    for name, value in link.items():
        app.query_params[name] = value
    return app.switch_page(script).run()


def address(app: AppTest) -> dict[str, str]:
    """Return the query parameters of the current page."""
    return {name: values[0] if isinstance(values, list) else values for name, values in dict(app.query_params).items()}


def has_no_messages(app: AppTest) -> bool:
    """Return whether the page shows neither exceptions nor errors nor warnings."""
    return not (app.exception or app.error or app.warning)


def viewer_panels(app: AppTest) -> list[dict[str, Any]]:
    """Return the viewer's panels as sent to the browser."""
    panels: list[dict[str, Any]] = json.loads(app.get_by_key("viewer").proto.json)["panels"]
    return panels


def model_panels(app: AppTest) -> dict[str, dict[str, Any]]:
    """Return the viewer's panels of models by their names."""
    return {panel["name"]: panel for panel in viewer_panels(app) if panel["kind"] == "model"}


def encoded(pixels: NDArray[np.uint8], kind: str = "PNG") -> bytes:
    """Return the file of a picture."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind)
    return content.getvalue()


def png(seed: int = 0, size: tuple[int, int] = (40, 60)) -> bytes:
    """Return the file of a picture of noise, ``size`` high and wide."""
    return encoded(np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8))


def links(app: AppTest) -> list[tuple[str, str]]:
    """Return the label and the query of every link to a page."""
    return [(link.proto.label, link.proto.query_string) for link in app.get("page_link")]
