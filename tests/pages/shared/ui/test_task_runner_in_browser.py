"""Stopping work in a real browser: a script without a browser cannot be interrupted."""

import pytest

from tests.pages.conftest import serving, wait_for, window
from tests.pages.shared.ui.work_page import FOLDER, NAMES
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser


def results(page):
    page.get_by_text("The end").wait_for()
    return [name for name in NAMES if page.get_by_text(f"result of {name}", exact=True).count()]


def test_work_shows_its_progress_and_stops_with_what_is_done(browser, tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    (tmp_path / "one").touch()
    with serving(tmp_path, tmp_path, "tests/pages/shared/ui/work_page.py") as server, window(browser) as page:
        page.goto(server.address)
        page.get_by_text("Doing two (2 of 4)").wait_for()
        page.locator(".st-key-stop_slow button").click()
        stopped = page.get_by_text("Stopped.")
        stopped.wait_for()
        assert results(page) == ["one"], "finished results stay, and the running step is not waited for"
        at_rest(page)
        assert stopped.inner_text().endswith(": two, three, four.")
        assert page.get_by_role("progressbar").count() == 0
        for name in NAMES:
            (tmp_path / name).touch()
        page.get_by_role("button", name="Go on").click()
        page.get_by_text("result of four").wait_for()
        wait_for(list(NAMES), lambda: results(page))
        at_rest(page)
        assert page.get_by_role("button", name="Go on").count() == 0
