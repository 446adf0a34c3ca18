"""A picture taken with the camera, in a real Chromium with a fake camera."""

from contextlib import ExitStack

import numpy as np
import pytest

from tests.pages.compare.viewer.canvases import pixels
from tests.pages.conftest import wait_for, window
from tools.dashboard import at_rest, launch

pytestmark = pytest.mark.browser

CAMERA_SHOWS_A_PICTURE = """() => {
  const video = document.querySelector('video');
  if (video?.readyState !== HTMLMediaElement.HAVE_ENOUGH_DATA) return false;
  const context = Object.assign(document.createElement('canvas'), { width: 8, height: 8 }).getContext('2d');
  context.drawImage(video, 0, 0, 8, 8);
  return context.getImageData(0, 0, 8, 8).data.some((value, index) => index % 4 < 3 && value > 0);
}"""
"""Returns whether the video shows more than the black frame with which it starts."""
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="module")
def camera_browser(browser):
    """Start a Chromium with a camera, of the build that the other tests use."""
    with ExitStack() as stack:
        browser_with_camera = launch(browser.browser_type, *CAMERA)
        stack.callback(browser_with_camera.close)
        yield browser_with_camera


@pytest.fixture
def page(camera_browser, server):
    with window(camera_browser, permissions=["camera"]) as page:
        page.goto(server.address + "/Compare?models=tiny_pets,tiny_street&sample=chelsea")
        page.locator(".viewer[data-models='2']").wait_for()
        at_rest(page)
        yield page


def take_photograph(page):
    """Take a photograph and wait for the predictions; return the id of the picture."""
    before = page.locator(".viewer").get_attribute("data-picture")
    page.locator("video").wait_for()
    at_rest(page)  # the camera of the previous photograph is gone
    page.wait_for_function(CAMERA_SHOWS_A_PICTURE)
    page.get_by_role("button", name="Take Photo").click()
    page.locator(f".viewer[data-models='2']:not([data-picture='{before}'])").wait_for()
    return page.locator(".viewer").get_attribute("data-picture")


def test_a_photograph_gets_masks_and_the_camera_is_ready_for_another(page):
    page.get_by_role("radio", name="Camera").check()
    first = take_photograph(page)
    page.get_by_role("radio", name="photograph 1").wait_for()
    page.get_by_text("photograph 1").first.wait_for()
    at_rest(page)
    canvases = page.locator(".panel canvas")
    photograph, *overlays = [pixels(canvases.nth(number)) for number in range(3)]
    assert len(np.unique(photograph.reshape(-1, 4), axis=0)) > 100, "Chromium's camera shows a moving test picture"
    assert all((overlay != photograph).any(axis=2).mean() > 0.5 for overlay in overlays)

    second = take_photograph(page)
    assert second != first
    wait_for(True, page.get_by_role("radio", name="photograph 2").is_checked)
    page.get_by_role("radio", name="photograph 1").check()
    page.locator(f".viewer[data-picture='{first}']").wait_for()
