"""What a page tells once is told, also if the run that drew it was interrupted."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.ui import telling, uploader
from tests.pages.app import open_page

SESSION = "test session id"
"""Of every page without a browser."""


def page():
    import streamlit as st

    from pages.shared.ui import telling, uploader

    def refuse():
        uploader.refuse(telling._session(), "No room.")

    with telling.whole_run():
        st.button("Refuse", on_click=refuse)
        if not st.checkbox("Elsewhere"):
            uploader.uploader("File", "file", lambda files: None)
        if st.session_state.pop("interrupt", False):
            st.rerun()  # as a click of the visitor or the end of a command would


@pytest.fixture(autouse=True)
def nothing_to_tell():
    telling._messages.clear()
    yield
    telling._messages.clear()


def told(app: AppTest) -> list[str]:
    assert not app.exception
    return [error.value for error in app.error]


def test_a_refusal_is_told_once_also_if_the_first_run_was_interrupted():
    app = AppTest.from_function(page, default_timeout=300).run()
    assert told(app) == []
    app.session_state["interrupt"] = True
    app.button[0].click().run()
    assert told(app) == ["No room."]
    assert told(app.run()) == [], "it was told"


def test_a_refusal_waits_for_a_page_with_a_field():
    app = AppTest.from_function(page, default_timeout=300).run()
    app.checkbox[0].check()
    assert told(app.button[0].click().run()) == []
    assert told(app.checkbox[0].uncheck().run()) == ["No room."]
    app.button[0].click()
    app.checkbox[0].check().run()
    telling.forget(SESSION)
    assert told(app.checkbox[0].uncheck().run()) == []


def test_every_page_tells_once(no_models):
    app = open_page("pages/2_Training.py", {})
    uploader.refuse(SESSION, "No room.")
    assert told(app.run()) == ["No room."]
    assert told(app.run()) == []
