"""The Datasets page in a real Chromium."""

from contextlib import ExitStack

import pytest

from data import store
from pages.shared.ui.layout import pages
from tests.pages.conftest import serving, wait_for, window
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser


def test_a_deep_link_on_a_fresh_server_shows_pictures_by_class(browser, tiny_data, own_cache, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    store.open_all("camvid", tiny_data)
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path / "runs", tmp_path))
        page = stack.enter_context(window(browser, width=390, height=844, is_mobile=True, has_touch=True))
        page.goto(server.address + "/Datasets?dataset=camvid&split=train&class=fence&look=only")
        page.locator(".tiles figure").nth(2).wait_for()
        at_rest(page)
        assert_navigation_is_uncovered(page)

        only = page.locator(".tiles .only").first
        assert only.is_visible()
        assert not page.locator(".tiles .mask").first.is_visible()
        assert only.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        page.locator(".tiles .modes").get_by_text("Photograph", exact=True).tap()
        only.wait_for(state="hidden")
        page.wait_for_url("**look=photograph")

        page.get_by_role("radio", name="val").tap()
        wait_for(["d_4", "e_5"], page.locator(".tiles figure strong").all_inner_texts)
        page.wait_for_url("**split=val&class=fence**")
        at_rest(page)  # the address must be written before the visitor goes back
        page.go_back()
        page.locator(".tiles figure").nth(2).wait_for()
        page.wait_for_url("**split=train**")
        at_rest(page)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
        page.get_by_role("link", name="Compare models on a_1").tap()
        page.wait_for_url("**/Compare?**")
        page.wait_for_url(lambda url: {"dataset=camvid", "id=a_1"} <= set(url.partition("?")[2].split("&")))


def assert_navigation_is_uncovered(page):
    """Assert that the links are in one row inside the window, below the bar with the menu and the running indicator."""
    links = page.locator(".st-key-navigation a").evaluate_all(
        "all => all.map(link => link.getBoundingClientRect()).map(({ top, right, height }) => [top, right, height])"
    )
    assert len(links) == len(pages())
    menu = page.get_by_test_id("stMainMenu").bounding_box()
    assert {round(top) for top, _, _ in links} == {round(links[0][0])}
    assert all(top >= menu["y"] + menu["height"] and right <= 390 and height >= 40 for top, right, height in links)
