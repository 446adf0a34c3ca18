"""Adding a model in a real Chromium: upload, mask, save, Compare."""

from contextlib import ExitStack

import pytest

from tests.models.added.onnx_files import saved, segmenter
from tests.pages.conftest import serving, wait_until, window
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser


def test_from_two_files_to_a_mask_on_compare(browser, tmp_path):
    given, runs = tmp_path / "given", tmp_path / "runs"
    given.mkdir()
    runs.mkdir()
    external = {"save_as_external_data": True, "location": "street.onnx.data", "size_threshold": 0}
    saved(given, segmenter(producer="pytorch"), "street.onnx", **external)
    with ExitStack() as stack:
        server = stack.enter_context(serving(runs, tmp_path))
        page = stack.enter_context(window(browser, width=390, height=844, color_scheme="dark"))
        page.goto(server.address + "/Models")
        page.get_by_role("button", name="Add a model").click()
        page.locator("input[type=file]").set_input_files(sorted(given.iterdir()))
        mask = page.get_by_alt_text("The mask")
        mask.wait_for()
        at_rest(page)
        before = mask.get_attribute("src")
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0
        page.get_by_role("radio", name="BGR").click()
        wait_until(lambda: mask.get_attribute("src") != before)
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Compare it on pictures").click()
        page.locator(".viewer[data-models='1']").wait_for()
        assert "models=street" in page.url
        assert page.locator(".viewer").get_by_text("street").first.is_visible()
        assert not server.modules() & {"keras", "tensorflow", "train", "onnx"}
    assert "colour: BGR" in (runs / "street" / "model.yaml").read_text()
    assert sorted(path.name for path in runs.iterdir() if path.is_dir()) == ["street"]
