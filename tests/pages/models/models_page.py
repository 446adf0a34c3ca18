"""The Models page without a browser, and what it shows."""

from streamlit.testing.v1 import AppTest

from tests.pages.app import open_page


def models_page(**link: str) -> AppTest:
    """Open the page by a link."""
    return open_page("pages/5_Models.py", link)


def metrics(app: AppTest) -> dict[str, str]:
    """Return the figures at the top of the page by their labels."""
    return {metric.label: metric.value for metric in app.metric}
