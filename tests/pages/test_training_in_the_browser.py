"""The Training page in a real Chromium."""

import json
import re
from contextlib import ExitStack

import pytest

from pages.components.training import REFRESH_SECONDS
from tests.pages import scored

from .conftest import serving

pytestmark = pytest.mark.browser


def test_a_training_that_is_going_on_is_followed(browser, tmp_path):
    folder = tmp_path / "runs"
    run = scored.make(folder / "live", epochs=2, state="running")
    with ExitStack() as stack:
        server = stack.enter_context(serving(folder, tmp_path))
        context = browser.new_context(viewport={"width": 390, "height": 844})
        stack.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(server.address + "/Training?curves=loss")
        page.get_by_text("epoch 2 of").first.wait_for()
        slider = page.get_by_role("slider", name="Epoch")
        counter = page.locator(".film output")
        counter.filter(has_text="2 of 2").wait_for()
        page.locator(".js-plotly-plot").wait_for()

        status = json.loads((run.path / "status.json").read_text())
        scored.preview(run, "sample_chelsea", 3)
        (run.path / "history.csv").write_text(scored.history(3, best=3))
        (run.path / "status.json").write_text(json.dumps(status | {"epoch": 3, "message": "epoch 3 of 9"}))
        counter.filter(has_text="3 of 3").wait_for(timeout=20_000 * REFRESH_SECONDS)
        page.wait_for_function("() => document.querySelector('.js-plotly-plot').calcdata[0].length === 3")

        image = page.locator(".film img")
        last = image.get_attribute("src")
        slider.focus()
        page.keyboard.press("Home")
        counter.filter(has_text=re.compile("^1 of 3$")).wait_for()
        assert image.get_attribute("src") != last
        assert "after epoch 1" in image.get_attribute("alt")
        page.get_by_role("button", name="Play").click()
        counter.filter(has_text="3 of 3").wait_for()
        assert image.get_attribute("src") == last
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0
