"""The view that writes a report: what it runs, what it says, and what a visitor saves."""

import pytest

from pages.shared.ui import cli_commands
from tests.pages.app import has_no_messages
from tests.pages.conftest import serving, window
from tests.pages.evaluation.evaluation_page import evaluation
from tests.pages.server.asking import answer
from tools.dashboard import at_rest


def test_it_offers_a_report_on_the_chosen_models(scores):
    app = evaluation(dataset="voc2012", view="Report")
    assert has_no_messages(app)
    assert app.button(key="report_write").label == "Write the report"


def test_why_a_report_cannot_be_written_is_said(scores, monkeypatch):
    monkeypatch.setattr(cli_commands, "report_arguments", lambda *_, **__: ["-m", "train.report", "nobody"])
    app = evaluation(dataset="voc2012", view="Report")
    app.button(key="report_write").click().run()
    (error,) = app.error
    assert "nobody" in error.value
    assert not app.exception
    assert app.button(key="report_write")  # it can be tried again


@pytest.mark.browser
def test_a_report_is_written_and_saved(scores, tmp_path, browser):
    folder = tmp_path / "server"
    folder.mkdir()
    with serving(scores, folder) as server, window(browser) as page:
        page.goto(f"{server.address}/Evaluation?dataset=voc2012&view=Report")
        at_rest(page)
        page.get_by_label("What it answers").fill("Is good better than bad?")
        page.get_by_role("button", name="Write the report").click()
        link = page.get_by_role("link", name="Save the report")
        link.wait_for()
        cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
        found = answer(server.address, f"/{link.get_attribute('href')}", Cookie=cookies)
        assert found.status == 200
        assert "segdeck_report_voc2012_val.html" in found.headers["Content-Disposition"]
        text = found.content.decode()
        assert "<h1>Is good better than bad?</h1>" in text
        assert "good is better than bad" in text
        assert str(scores) not in text
