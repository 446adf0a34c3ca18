"""The Datasets page in a real Chromium."""

from contextlib import ExitStack

import pytest

from data import store
from pages.components.frame import pages

from .conftest import serving

pytestmark = pytest.mark.browser


def test_a_deep_link_on_a_fresh_server_shows_pictures_by_class(browser, tiny_data, own_cache, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    store.open_all("camvid", tiny_data)
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path / "runs", tmp_path))
        context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
        stack.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(180_000)
        page.goto(server.address + "/Datasets?dataset=camvid&split=train&class=fence&look=only")
        page.locator(".tiles figure").nth(2).wait_for()
        assert_nothing_lies_over_the_navigation(page)

        only = page.locator(".tiles .only").first
        assert only.is_visible()
        assert not page.locator(".tiles .mask").first.is_visible()
        assert only.evaluate("image => image.complete && image.naturalWidth > 0")
        page.locator(".tiles .looks").get_by_text("Photograph", exact=True).tap()
        only.wait_for(state="hidden")
        page.wait_for_url("**look=photograph")

        page.get_by_role("radio", name="val").tap()
        page.locator(".tiles figure").nth(2).wait_for(state="detached")
        assert page.locator(".tiles figure strong").all_inner_texts() == ["d_4", "e_5"]
        page.wait_for_url("**split=val&class=fence**")
        page.locator("[data-test-script-state=notRunning]").wait_for()  # nobody goes back within a tenth of a second
        page.go_back()
        page.locator(".tiles figure").nth(2).wait_for()
        page.wait_for_url("**split=train**")

        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0
        page.get_by_role("link", name="Compare models on a_1").tap()
        page.wait_for_url("**/Compare?**")
        assert "dataset=camvid" in page.url
        assert "id=a_1" in page.url


def assert_nothing_lies_over_the_navigation(page):
    """The links end inside the window, in one row, below the bar with the menu and the sign of a page at work."""
    links = page.locator(".st-key-navigation a").evaluate_all(
        "all => all.map(link => link.getBoundingClientRect()).map(({ top, right, height }) => [top, right, height])"
    )
    assert len(links) == len(pages())
    menu = page.get_by_test_id("stMainMenu").bounding_box()
    assert {round(top) for top, _, _ in links} == {round(links[0][0])}
    assert all(top >= menu["y"] + menu["height"] and right <= 390 and height >= 40 for top, right, height in links)
