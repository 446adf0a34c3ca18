"""A whole file in a real Chromium: upload, results, what is saved and by whom, and what is left after the visit."""

import io
import uuid
import zipfile

import pytest

from configs import paths
from tests import clips
from tests.facts import mentions
from tests.pages.conftest import serving, wait_until, window
from tests.pages.server.asking import answer
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser


def test_from_a_clip_to_saved_results_that_are_gone_with_the_visit(browser, runs_folder, tmp_path):
    name = f"drive{uuid.uuid4().hex}"  # tells it from the clips of others in the same cache
    clip = clips.write(tmp_path / f"{name}.mp4", clips.pictures(40))
    with serving(runs_folder, tmp_path, environment={"SEGDECK_TEST_GRACE": "5"}) as server:
        with window(browser, width=390, height=844, color_scheme="dark") as page:
            page.goto(f"{server.address}/Video?view=whole&models=tiny_pets,tiny_street")
            at_rest(page)
            page.locator("input[type=file]").set_input_files(clip)
            page.get_by_role("button", name="Predict with tiny_pets and tiny_street").click()
            comparison = page.get_by_role("link", name="Save the comparison")
            comparison.wait_for()
            page.get_by_role("button", name="Prepare label maps and tables").click()
            archive = page.get_by_role("link", name="Save label maps and tables")
            archive.wait_for()
            page.locator("label").filter(has_text="consistency 0.").first.click()
            still = page.get_by_alt_text("as in the comparison")
            still.wait_for()
            watched = page.locator("video")
            wait_until(lambda: watched.evaluate("one => one.readyState > 1 && one.currentTime > 0 && !one.seeking"))
            assert mentions(watched.get_attribute("aria-label") or "", "tiny_pets", "tiny_street")
            assert watched.evaluate("one => one.duration") == pytest.approx(40 / 30, abs=0.05)
            shown = float((still.get_attribute("alt") or "").split(" at ")[1].split(" s")[0])
            assert watched.evaluate("one => one.currentTime") == pytest.approx(shown, abs=0.01)
            assert (still.get_attribute("src") or "").startswith("data:image/jpeg")
            at_rest(page)
            main = page.get_by_test_id("stMain")
            assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0

            cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
            addresses = [f"/{link.get_attribute('href')}" for link in (comparison, archive)]
            video, archived = (answer(server.address, address, Cookie=cookies) for address in addresses)
            (tmp_path / "saved.mp4").write_bytes(video.content)
            assert len(clips.read(tmp_path / "saved.mp4")[0]) == 40
            assert f"{name}_comparison.mp4" in video.headers["Content-Disposition"]
            part = answer(server.address, addresses[0], Cookie=cookies, Range="bytes=100-199")
            assert (part.status, part.content) == (206, video.content[100:200])
            assert part.headers["Content-Range"] == f"bytes 100-199/{len(video.content)}"
            beyond = answer(server.address, addresses[0], Cookie=cookies, Range=f"bytes={len(video.content)}-")
            assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(video.content)}")
            assert answer(server.address, addresses[0], Range="bytes=100-199").status == 404
            changed = answer(server.address, addresses[0], Cookie=cookies, Range="bytes=100-199", If_Range='"a"')
            assert (changed.status, changed.content) == (200, video.content)
            with zipfile.ZipFile(io.BytesIO(archived.content)) as found:
                assert {"temporal.csv", "labels/tiny_street/000039.png"} <= set(found.namelist())
            assert [answer(server.address, address).status for address in addresses] == [404, 404]
            (stored,) = paths.cache_dir().glob(f".clip-*/{name}.mp4")
        wait_until(lambda: not stored.parent.exists())
        assert answer(server.address, addresses[0], Cookie=cookies).status == 404


def test_a_server_that_is_stopped_leaves_no_clip(browser, runs_folder, tmp_path):
    name = f"drive{uuid.uuid4().hex}"
    clip = clips.write(tmp_path / f"{name}.mp4", clips.pictures(2))
    left = paths.cache_dir() / f".clip-{name}" / "results"
    left.mkdir(parents=True)  # as by a server that was killed
    with window(browser) as page, serving(runs_folder, tmp_path) as server:
        page.goto(f"{server.address}/Video?view=whole&models=tiny_pets")
        at_rest(page)
        page.locator("input[type=file]").set_input_files(clip)
        page.get_by_role("button", name="Predict with tiny_pets").wait_for()
        assert not left.parent.exists()
        (stored,) = paths.cache_dir().glob(f".clip-*/{name}.mp4")
    assert not stored.exists()
