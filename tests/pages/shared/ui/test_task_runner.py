"""Work of several steps: what is known is not done again, what fails is told, what was stopped stays undone."""

from concurrent.futures import Future, wait

import pytest
from streamlit.testing.v1 import AppTest


def page():
    from functools import partial

    import streamlit as st

    from configs.errors import UserError
    from pages.shared.ui.task_runner import Step, run_steps

    known = {"one": 0, "three": 3}  # 0 is a result like any other
    computed = []

    def compute(name):
        computed.append(name)
        if name == "two":
            raise UserError("two is damaged")
        return name.upper()

    steps = {name: Step(partial(known.get, name), partial(compute, name)) for name in ("one", "two", "three", "four")}

    def meanwhile():
        st.caption("meanwhile")

    found = run_steps("test", steps, "Doing", "The result", st.session_state.get("subject"), meanwhile=meanwhile)
    st.json({"found": found, "computed": computed})


@pytest.fixture
def app():
    return AppTest.from_function(page, default_timeout=60)


def told(app):
    import json

    return json.loads(app.json[0].value)


def test_only_what_is_not_known_is_done_and_what_fails_is_told(app):
    app.run()
    assert told(app) == {"found": {"one": 0, "three": 3, "four": "FOUR"}, "computed": ["two", "four"]}
    assert list(told(app)["found"]) == ["one", "three", "four"]
    assert [error.value for error in app.error] == ["two is damaged"]
    assert not app.button, "the button to stop outlives the work"


def test_what_was_stopped_is_not_done_until_it_is_wanted_or_the_work_is_another(app):
    app.session_state["stopped_test"] = (None, ("one", "two", "three", "four"))
    app.run()
    assert told(app) == {"found": {"one": 0, "three": 3}, "computed": []}
    assert [info.value for info in app.info] == ["Stopped. Not done: two, four."]
    app.session_state["subject"] = "another"
    app.run()
    assert told(app)["computed"] == ["two", "four"]
    app.session_state["subject"] = None
    app.run()
    assert told(app)["computed"] == []
    app.button[0].click().run()
    assert told(app)["computed"] == ["two", "four"]


def test_a_step_that_was_left_going_on_is_not_begun_again(app, monkeypatch):
    left: Future[str] = Future()

    def wait_until_it_ends(futures, seconds):
        if left in futures and not left.done():
            left.set_result("two of the first run")
        return wait(futures, seconds)

    monkeypatch.setattr("pages.shared.ui.task_runner.wait", wait_until_it_ends)
    app.session_state["running_test"] = {(None, "two"): left}
    app.run()
    found = {"one": 0, "two": "two of the first run", "three": 3, "four": "FOUR"}
    assert told(app) == {"found": found, "computed": ["four"]}
    assert not app.error


def test_what_is_to_be_done_meanwhile_is_done_once_whether_there_is_work_or_not(app):
    def done():
        return [caption.value for caption in app.run().caption]

    assert done() == ["meanwhile"]
    app.session_state["stopped_test"] = (None, ("one", "two", "three", "four"))
    assert done() == ["meanwhile"]


def page_with_slow_work():
    import time
    from functools import partial

    import streamlit as st

    from pages.shared.ui import task_runner

    told = []
    task_runner._bar = lambda *_: type("Bar", (), {"progress": lambda self, part, text: told.append((part, text))})()
    began, met = [], []

    def compute(name, seconds):
        began.append(name)
        time.sleep(seconds)
        return name

    steps = {
        name: task_runner.Step(lambda: None, partial(compute, name, seconds))
        for name, seconds in st.session_state["steps"].items()
    }
    task_runner.run_steps("slow", steps, "Doing", "The result", "", meanwhile=lambda: met.extend(began))
    st.json({"told": told, "met": met})


def test_work_goes_on_meanwhile_and_is_told_of_late_and_once():
    app = AppTest.from_function(page_with_slow_work, default_timeout=60)
    app.session_state["steps"] = {"short": 0.1, "quick": 0.05}
    assert told(app.run()) == {"told": [], "met": ["short"]}
    app.session_state["steps"] = {"short": 0.1, "long": 1.5}
    assert told(app.run())["told"] == [[0.5, "Doing long (2 of 2)"]]
