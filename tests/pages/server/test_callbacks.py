"""Callbacks during which the browser asks for something else."""

import tomllib

import pytest
from streamlit.runtime.scriptrunner import RerunException, ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.testing.v1 import AppTest

from configs.paths import ROOT
from pages.server.callbacks import finish_callbacks


def page():
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    def work():
        context = get_script_run_ctx()
        assert context
        assert context.script_requests
        context.script_requests.request_rerun(RerunData())  # as another click does, from another thread
        st.session_state.done += 1

    st.session_state.setdefault("done", 0)
    st.button("Work", on_click=work)
    st.session_state.runs = st.session_state.get("runs", 0) + 1


@pytest.fixture(autouse=True)
def streamlit_as_it_is(monkeypatch):
    """Undo afterwards what a test changes."""
    for owner, name in (
        (ScriptRunner, "_maybe_handle_execution_control_request"),
        (SafeSessionState, "on_script_will_rerun"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))


@pytest.mark.parametrize(("finish", "done"), [(True, 1), (False, 0)], ids=["with", "without"])
def test_a_callback_is_carried_out_although_something_else_is_asked_for(finish, done):
    """If the second case fails, Streamlit finishes callbacks by itself, and pages/server/callbacks.py can go."""
    if finish:
        finish_callbacks()
        finish_callbacks()
    app = AppTest.from_function(page, default_timeout=60).run()
    app.button[0].click().run()
    assert app.session_state["done"] == done
    assert app.session_state["runs"] == 2, "the other request was not served"


@pytest.mark.parametrize("finish", [True, False], ids=["with", "without"])
def test_callbacks_are_called_although_something_else_is_asked_for_before(finish):
    def give_way():
        raise RerunException(RerunData())

    state = SafeSessionState(SessionState(), give_way)
    if finish:
        finish_callbacks()
        state.on_script_will_rerun(None)
    else:
        with pytest.raises(RerunException):
            state.on_script_will_rerun(None)


def test_no_run_begins_beside_another_one_of_the_same_visitor():
    """The two would write to the same session, and the click whose callback ends last would not be drawn."""
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert settings["runner"]["fastReruns"] is False
