"""The Evaluation page in a real Chromium."""

import itertools
import re
from contextlib import ExitStack

import pytest

from data import datasets
from tests.pages import scored
from tests.pages.conftest import serving, wait_until, window
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser
BETTER = re.compile(r"\bgood\b.*\bbetter\b.*\bbad\b")


def test_a_deep_link_on_a_fresh_server_tells_which_model_is_better(browser, tmp_path):
    folder, space = tmp_path / "runs", datasets.get("grocery").label_space
    for name, errors in [("good", 0.2), ("bad", 0.5)]:
        scored.make(folder / name, "grocery_unet.yaml", epochs=1, scores={"val": scored.evaluation(space, errors, 20)})
    with ExitStack() as stack:
        server = stack.enter_context(serving(folder, tmp_path))
        page = stack.enter_context(window(browser, width=390, height=844))
        page.goto(server.address + "/Evaluation?dataset=grocery&models=good,bad&view=Two+models")
        page.get_by_text(BETTER).first.wait_for()
        page.get_by_role("radio", name="Confusion").click()
        page.locator(".js-plotly-plot .heatmaplayer image").wait_for()
        page.wait_for_url("**view=Confusion**")
        at_rest(page)
        check_that_the_matrix_scrolls_in_its_place(page)
        with page.expect_download() as download:
            page.get_by_test_id("stDownloadButton").last.get_by_role("button").click()
        saved = download.value.path().read_text().splitlines()
        assert len(saved) == 1 + len(space.scored)
        assert saved[1].startswith("background,")
        at_rest(page)
        page.go_back()
        page.get_by_text(BETTER).first.wait_for()
        at_rest(page)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0


def check_that_the_matrix_scrolls_in_its_place(page):
    """The names of 25 classes lie beside each other, though the window is narrower; the page itself does not scroll."""
    plot = page.locator(".st-key-chart_evaluation_confusion .js-plotly-plot")
    labels = plot.locator(".xaxislayer-above .xtick text")
    wait_until(lambda: labels.count() == 25 and plot.evaluate("plot => plot.getBoundingClientRect().width") > 600)
    at_rest(page)
    places = [labels.nth(index).bounding_box() for index in range(25)]
    assert all(one["x"] + one["width"] <= other["x"] + 1 for one, other in itertools.pairwise(places))
    plot.evaluate(
        """plot => {
            let place = plot;
            while (place.scrollWidth <= place.clientWidth || getComputedStyle(place).overflowX !== "auto")
                place = place.parentElement;
            place.scrollLeft = 1000;
        }"""
    )
    last = labels.nth(24).bounding_box()
    assert last["x"] + last["width"] <= 390
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
