"""Callbacks during which the browser asks for something else."""

import pytest
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.testing.v1 import AppTest

from pages.server.callbacks import finish_callbacks


def page():
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    def work():
        get_script_run_ctx().script_requests.request_rerun(RerunData())  # as another click does, from another thread
        st.session_state.done += 1

    st.session_state.setdefault("done", 0)
    st.button("Work", on_click=work)
    st.session_state.runs = st.session_state.get("runs", 0) + 1


@pytest.mark.parametrize(("finish", "done"), [(True, 1), (False, 0)], ids=["with", "without"])
def test_a_callback_is_carried_out_although_something_else_is_asked_for(monkeypatch, finish, done):
    """If the second case fails, Streamlit finishes callbacks by itself, and pages/server/callbacks.py can go."""
    give_way = ScriptRunner._maybe_handle_execution_control_request
    monkeypatch.setattr(ScriptRunner, "_maybe_handle_execution_control_request", give_way)  # undone afterwards
    if finish:
        finish_callbacks()
        finish_callbacks()
    app = AppTest.from_function(page, default_timeout=60).run()
    app.button[0].click().run()
    assert app.session_state["done"] == done
    assert app.session_state["runs"] == 2, "the other request was not served"
