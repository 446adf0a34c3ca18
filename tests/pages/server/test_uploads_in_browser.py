"""Uploads in a real Chromium: released as soon as they are read, and bounded for all visitors together."""

import pytest

from tests.pages.app import png
from tests.pages.conftest import serving, wait_for, wait_until, window
from tests.pages.server.asking import answer
from tests.pages.server.test_private_files_in_browser import cookies, metrics
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser

LARGE, SMALL = png(1, (500, 500)), png(2, (300, 300))
"""Pictures of 750 and 270 kB."""


@pytest.fixture(scope="module")
def address(runs_folder, tmp_path_factory):
    """Serve a dashboard that holds 1 MB of uploads and ends a visit five seconds after its page was closed."""
    folder, added = tmp_path_factory.mktemp("server"), {"SEGDECK_TEST_GRACE": "5", "SEGDECK_UPLOADS": "1"}
    with serving(runs_folder, folder, environment=added) as server:
        yield server.address


def upload(page, **files):
    page.locator("input[type=file]").first.set_input_files(
        [{"name": f"{name}.png", "mimeType": "image/png", "buffer": content} for name, content in files.items()]
    )


def test_uploads_are_bounded_for_all_visitors_together(browser, address):
    with window(browser) as one, window(browser) as other:
        for page in (one, other):
            page.goto(f"{address}/Compare?models=tiny_pets&sample=chelsea")
            at_rest(page)
        upload(one, large=LARGE)
        one.get_by_role("radio", name="large.png").wait_for()
        assert "uploadedfilemanager" not in metrics(address), "it is kept where it arrived"
        upload(other, small=SMALL)
        told = other.get_by_text("1 MB for all visitors together")
        told.wait_for()
        assert "/Compare?" in other.url, "who is refused stays where he is"
        assert "uploadedfilemanager" not in metrics(address)
        one.get_by_role("button", name="Remove large.png").click()
        one.get_by_role("radio", name="large.png").wait_for(state="detached")

        def again():
            upload(other, small=SMALL)
            at_rest(other)
            return other.get_by_role("radio", name="small.png").count() == 1

        wait_until(again)
        told.wait_for(state="detached")
    with window(browser) as page:
        page.goto(f"{address}/Compare?models=tiny_pets&sample=chelsea")
        at_rest(page)

        def after_the_visit():
            upload(page, large=LARGE)
            at_rest(page)
            return page.get_by_role("radio", name="large.png").count()

        wait_for(1, after_the_visit)


def test_refused_files_are_not_kept(browser, address):
    with window(browser) as page:
        page.goto(f"{address}/Compare?models=tiny_pets&sample=chelsea")
        at_rest(page)
        for number in range(4):  # more than the server may hold, one after the other
            upload(page, **{f"broken{number}": bytes(400_000)})
            page.get_by_text(f"broken{number}.png").first.wait_for()
            at_rest(page)
            assert "uploadedfilemanager" not in metrics(address)


def test_an_upload_without_a_length_is_refused(browser, address):
    with window(browser) as page:
        page.goto(address)
        at_rest(page)
        found = answer(
            address, "/_stcore/upload_file/a/b", "PUT", None, Transfer_Encoding="chunked", Cookie=cookies(page)
        )
        assert found.status == 411
