"""The Models page in a real Chromium."""

from contextlib import ExitStack

import onnxruntime
import pytest

from tests.pages.conftest import serving, window
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser


def test_a_deep_link_on_a_fresh_server_leads_to_the_network_as_onnx(browser, runs_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    with ExitStack() as stack:
        server = stack.enter_context(serving(runs_folder, tmp_path))
        page = stack.enter_context(window(browser, width=390, height=844, color_scheme="dark"))
        page.goto(server.address + "/Models?model=tiny_street&view=Recipe")
        page.get_by_text("python -m data.prepare camvid").wait_for()
        page.get_by_role("radio", name="Downloads").click()
        page.get_by_role("button", name="Prepare ONNX").click()
        page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").wait_for()
        ready = page.get_by_role("button", name="Download", disabled=False)
        ready.nth(1).wait_for()  # the first is that of the weights, which waits meanwhile
        with page.expect_download() as download:
            ready.nth(1).click()
        assert download.value.suggested_filename == "tiny_street.onnx"
        network = onnxruntime.InferenceSession(download.value.path(), providers=["CPUExecutionProvider"])
        assert network.get_outputs()[0].shape == [1, 32, 48, 12]
        at_rest(page)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0
        page.go_back()
        page.get_by_text("python -m data.prepare camvid").wait_for()
        assert not server.modules() & {"keras", "tensorflow", "train", "onnx"}
