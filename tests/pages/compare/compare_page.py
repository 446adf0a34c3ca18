"""The Compare page without a browser, and what it shows."""

import json

from streamlit.testing.v1 import AppTest

from tests.pages.app import open_page, viewer_panels

COMPARE = "pages/1_Compare.py"


def compare(**link: str) -> AppTest:
    """Open the page by a link."""
    return open_page(COMPARE, link)


def panels(app: AppTest) -> list[tuple[str, str]]:
    """Return the kind and the name of each panel of the viewer."""
    return [(panel["kind"], panel["name"]) for panel in viewer_panels(app)]


def offered(app: AppTest, key: str = "browse_pictures") -> list[str]:
    """Return the names of the pictures of a thumbnail strip."""
    return [picture["name"] for picture in json.loads(app.get_by_key(key).proto.json)["pictures"]]


def captions(app: AppTest) -> str:
    """Return the text of all captions."""
    return " ".join(caption.value for caption in app.caption)
