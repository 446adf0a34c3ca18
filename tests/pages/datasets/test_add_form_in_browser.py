"""The form that adds a dataset in a real Chromium, on a server that answers any address."""

from contextlib import ExitStack

import pytest

from tests.data.conftest import own_data  # noqa: F401 - a fixture
from tests.data.formats import making
from tests.pages.conftest import serving, wait_until, window

pytestmark = pytest.mark.browser


def test_a_visitor_on_this_computer_may_add_and_one_behind_a_proxy_may_not(
    browser, own_data, own_cache, tmp_path, monkeypatch  # noqa: F811 - the fixture
):  # fmt: skip
    monkeypatch.delenv("SEGDECK_ADDING", raising=False)
    making.make_folder(tmp_path / "source")
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path / "runs", tmp_path))
        proxied = stack.enter_context(window(browser, extra_http_headers={"X-Forwarded-For": "203.0.113.5"}))
        proxied.goto(f"{server.address}/Datasets")
        proxied.get_by_text("Add a dataset", exact=True).click()
        proxied.get_by_text("SEGDECK_ADDING").wait_for()
        assert proxied.get_by_label("Folder on the computer").count() == 0

        page = stack.enter_context(window(browser))
        page.goto(f"{server.address}/Datasets")
        page.get_by_text("Add a dataset", exact=True).click()
        page.get_by_label("Folder on the computer that serves this page").fill(str(tmp_path / "source"))
        page.get_by_label("Name", exact=True).fill("mine")
        page.get_by_role("button", name="Look at it").click()
        page.get_by_role("button", name="Add", exact=True).click()
        wait_until((own_data / "mine" / "dataset.yaml").is_file)
        page.wait_for_url("**dataset=mine**")
