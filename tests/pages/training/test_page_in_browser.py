"""The Training page in a real Chromium."""

import json
import re
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from configs.files import write_text
from tests.pages import scored
from tests.pages.conftest import serving, wait_for, wait_until, window
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser


def test_a_running_training_is_followed(browser, tmp_path):
    folder = tmp_path / "runs"
    run = scored.make(folder / "live", epochs=2, state="running")
    with ExitStack() as stack:
        server = stack.enter_context(serving(folder, tmp_path))
        page = stack.enter_context(window(browser, width=390, height=844))
        page.goto(server.address + "/Training?curves=loss")
        page.get_by_text("epoch 2 of").first.wait_for()
        slider = page.get_by_role("slider", name="Epoch")
        counter = page.locator(".preview-player output")
        counter.filter(has_text="2 of 2").wait_for()
        page.locator(".js-plotly-plot").wait_for()

        # Written atomically, as a training does, because the page may read them at any time.
        status = json.loads((run.path / "status.json").read_text())
        later = {"epoch": 3, "message": "epoch 3 of 9", "heartbeat": datetime.now(UTC).isoformat(timespec="seconds")}
        scored.preview(run, "sample_chelsea", 3)
        write_text(run.path / "history.csv", scored.history(3, best=3))
        write_text(run.path / "status.json", json.dumps(status | later))
        counter.filter(has_text="3 of 3").wait_for()
        wait_until(lambda: page.evaluate("document.querySelector('.js-plotly-plot')?.calcdata?.[0].length === 3"))
        at_rest(page)

        image = page.locator(".preview-player img")
        last = image.get_attribute("src")
        slider.focus()
        page.keyboard.press("Home")
        counter.filter(has_text=re.compile("^1 of 3$")).wait_for()
        assert image.get_attribute("src") != last
        assert "after epoch 1" in (image.get_attribute("alt") or "")
        page.get_by_role("button", name="Play").click()
        counter.filter(has_text="3 of 3").wait_for()
        wait_for(last, lambda: image.get_attribute("src"))
        at_rest(page)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
