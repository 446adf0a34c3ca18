"""Helpers of the tests that run the dashboard without a browser."""

from streamlit.testing.v1 import AppTest

from configs.paths import ROOT


def open_page(script: str, link: dict[str, str]) -> AppTest:
    """Start the dashboard and open a page by a link with these query parameters."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()
    for name, value in link.items():
        app.query_params[name] = value
    return app.switch_page(script).run()


def address(app: AppTest) -> dict[str, str]:
    """Return the query parameters of the current page."""
    return {name: values[0] if isinstance(values, list) else values for name, values in dict(app.query_params).items()}


def has_no_messages(app: AppTest) -> bool:
    """Return whether the page shows neither exceptions nor errors nor warnings."""
    return not (app.exception or app.error or app.warning)
