"""Work that can be stopped, in a real Chromium: a script without a browser cannot be interrupted."""

from contextlib import ExitStack

import pytest

from .conftest import serving
from .work_page import NAMES

pytestmark = pytest.mark.browser


def results(page):
    page.get_by_text("The end").wait_for()
    return [name for name in NAMES if page.get_by_text(f"result of {name}", exact=True).count()]


def test_work_tells_how_far_it_is_and_stops_with_what_is_done(browser, tmp_path):
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path, tmp_path, "tests/pages/work_page.py"))
        page = browser.new_page()
        stack.callback(page.close)
        page.set_default_timeout(60_000)
        page.goto(server.address)
        page.get_by_text("Doing two (2 of 4)").wait_for()
        page.locator(".st-key-stop_slow button").click()
        page.get_by_text("Stopped. Not done:").wait_for()
        done = results(page)
        assert done in (["one"], ["one", "two"]), "what is done stays; nobody waits for the step that is going on"
        assert page.get_by_text(f"Stopped. Not done: {', '.join(NAMES[len(done) :])}.").count() == 1
        assert page.get_by_role("progressbar").count() == 0
        page.get_by_role("button", name="Go on").click()
        page.get_by_text("result of four").wait_for()
        assert results(page) == list(NAMES)
        assert page.get_by_role("button", name="Go on").count() == 0
