"""What a visitor may save, in a real Chromium and by raw HTTP: who gets it, and for how long."""

import hashlib
import re
from contextlib import contextmanager

import pytest

from tests.pages.app import png
from tests.pages.conftest import serving, wait_for, wait_until, window
from tests.pages.server.asking import answer
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(runs_folder, tmp_path_factory):
    """Serve a dashboard that ends a visit five seconds after its page was closed."""
    folder = tmp_path_factory.mktemp("server")
    with serving(runs_folder, folder, environment={"SEGDECK_TEST_GRACE": "5"}) as server:
        yield server.address


def as_file(name, content):
    return {"name": name, "mimeType": "image/png", "buffer": content}


def cookies(page):
    return "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())


@contextmanager
def prepared(browser, address, name="mine é.png"):
    """Open Compare, upload a picture, and prepare the zip; give the page and the zip's path."""
    with window(browser) as page:
        page.goto(f"{address}/Compare?models=tiny_pets&view=download")
        content = png(7)
        page.locator("input[type=file]").first.set_input_files(as_file(name, content))
        page.locator(f".viewer[data-picture='{hashlib.sha256(content).hexdigest()}'][data-models='1']").wait_for()
        at_rest(page)
        page.get_by_role("button", name="Prepare the zip").click()
        link = page.get_by_role("link", name="Save the zip")
        link.wait_for()
        yield page, f"/{link.get_attribute('href')}"


def test_a_zip_is_for_the_browser_that_prepared_it_while_its_page_is_open(browser, address):
    with prepared(browser, address) as (page, path), window(browser) as stranger:
        own = cookies(page)
        found = answer(address, path, Cookie=own)
        assert found.status == 200
        assert found.headers["Content-Length"] == str(len(found.content))
        assert re.match(r"attachment; filename=\"segdeck_", found.headers["Content-Disposition"])
        assert found.headers["Cache-Control"] == "no-store"
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        assert found.headers["Content-Type"] == "application/zip"
        stranger.goto(address)
        at_rest(stranger)
        assert cookies(stranger) != own
        assert answer(address, path).status == 404
        assert answer(address, path, Cookie=cookies(stranger)).status == 404
        assert answer(address, path[:-1], Cookie=own).status == 404
        other = page.context.new_page()
        other.goto(address)
        at_rest(other)
        page.close()
        wait_for(404, lambda: answer(address, path, Cookie=own).status)
        other.close()


def test_what_streamlit_holds_is_for_visitors_and_gone_after_the_last_one(browser, address):
    with window(browser) as page:
        page.goto(f"{address}/Compare?models=tiny_pets&sample=chelsea&view=shares")
        at_rest(page)
        with page.expect_response(re.compile("/media/")) as response, page.expect_download():
            page.get_by_role("button", name="CSV", exact=True).click()
        path, own = response.value.url.removeprefix(address), cookies(page)
        assert answer(address, path, Cookie=own).status == 200
        assert answer(address, path).status == 404
        assert answer(address, path, Cookie="_streamlit_xsrf=2|00000000|00|1").status == 404
        assert "media_file" in metrics(address)
    wait_for(404, lambda: answer(address, path, Cookie=own).status)
    wait_until(lambda: "media_file" not in metrics(address), 60)


def metrics(address):
    return answer(address, "/_stcore/metrics").content.decode().lower().replace("mediafile", "media_file")


def derived(address):
    """Return how much the caches hold that is made from pictures."""
    return re.findall(
        r'cache="pages\.shared\.content\.(images\.display|predictions\.predict)"} (\d+)', metrics(address)
    )


def test_what_is_derived_from_an_upload_is_forgotten_after_the_last_visit(browser, address):
    with window(browser) as page:
        page.goto(f"{address}/Compare?models=tiny_pets&sample=chelsea&view=shares")
        page.locator(".viewer[data-models='1']").wait_for()
        at_rest(page)
        before = derived(address)
        content = png(8)
        page.locator("input[type=file]").first.set_input_files([as_file("mine.png", content)])
        page.locator(f".viewer[data-picture='{hashlib.sha256(content).hexdigest()}'][data-models='1']").wait_for()
        at_rest(page)
        assert len(before) == 2
        wait_until(lambda: derived(address) != before)  # Streamlit counts every five seconds
    wait_for(before, lambda: derived(address))
