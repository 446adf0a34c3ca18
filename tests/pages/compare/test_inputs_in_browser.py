"""A picture taken with the camera, in a real Chromium with a fake camera."""

from contextlib import ExitStack

import numpy as np
import pytest

from tests.pages.compare.viewer.canvases import pixels
from tests.pages.conftest import wait_for, wait_until, window
from tools.dashboard import at_rest, launch

pytestmark = pytest.mark.browser

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
    ready = "document.querySelector('video')?.readyState === HTMLMediaElement.HAVE_ENOUGH_DATA"
    wait_until(lambda: page.evaluate(ready))
    page.get_by_role("button", name="Take Photo").click()
    page.locator(f".viewer[data-models='2']:not([data-picture='{before}'])").wait_for()
    return page.locator(".viewer").get_attribute("data-picture")


def test_a_photograph_gets_masks_and_the_camera_is_ready_for_another(page):
    page.get_by_role("radio", name="Camera").check()
    for number in (1, 2):  # on a busy machine the first photograph can show the black frame with which the video starts
        first = take_photograph(page)
        page.get_by_role("radio", name=f"photograph {number}").wait_for()
        page.get_by_text(f"photograph {number}").first.wait_for()
        at_rest(page)
        canvases = page.locator(".panel canvas")
        photograph, *overlays = [pixels(canvases.nth(index)) for index in range(3)]
        if photograph[..., :3].any():
            break
    assert len(np.unique(photograph.reshape(-1, 4), axis=0)) > 100, "Chromium's camera shows a moving test picture"
    assert all((overlay != photograph).any(axis=2).mean() > 0.5 for overlay in overlays)

    second = take_photograph(page)
    assert second != first
    wait_for(True, page.get_by_role("radio", name=f"photograph {number + 1}").is_checked)
    page.get_by_role("radio", name=f"photograph {number}").check()
    page.locator(f".viewer[data-picture='{first}']").wait_for()


def test_a_photograph_is_not_as_small_as_the_field_for_it(camera_browser, server):
    with window(camera_browser, 390, 844, permissions=["camera"]) as page:
        page.goto(server.address + "/Compare?models=tiny_pets,tiny_street&sample=chelsea")
        page.locator(".viewer[data-models='2']").wait_for()
        page.get_by_role("radio", name="Camera").check()
        take_photograph(page)
        size = page.locator(".panel .meta").first.inner_text()
        assert min(int(side) for side in size.removesuffix(" pixels").split(" × ")) >= 720
