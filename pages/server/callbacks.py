"""Callbacks that are carried out to their end.

Streamlit gives way to the browser's next request whenever a script sends something or touches ``st.session_state``,
also inside a callback and just before the first one. Such a callback is not called by the next run, so what the visitor
did, a click or an upload, would be lost if something else is clicked before its callback has done its work.
"""

import functools
from typing import Any

from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_run_context import RunLocation, ThreadState
from streamlit.runtime.state.safe_session_state import SafeSessionState


def finish_callbacks() -> None:
    """Have requests wait until the callbacks of the one before are done; Streamlit looks for them right after that."""
    give_way = ScriptRunner._maybe_handle_execution_control_request
    if hasattr(give_way, "__wrapped__"):
        return

    def call_at_once(self: SafeSessionState, *args: Any, **options: Any) -> None:
        with self._lock:
            self._state.on_script_will_rerun(*args, **options)

    @functools.wraps(give_way)
    def give_way_outside_callbacks(self: ScriptRunner) -> None:
        if ThreadState.get().run_location is not RunLocation.CALLBACK:
            give_way(self)

    ScriptRunner._maybe_handle_execution_control_request = give_way_outside_callbacks  # type: ignore[method-assign]
    SafeSessionState.on_script_will_rerun = call_at_once  # type: ignore[method-assign]
