"""The Evaluation page without a browser, and what it shows."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.pages.app import open_page


def evaluation(**link: str) -> AppTest:
    """Open the page by a link."""
    return open_page("pages/3_Evaluation.py", link)


def figures(app: AppTest) -> list[dict[str, Any]]:
    """Return the charts as sent to the browser."""
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]
