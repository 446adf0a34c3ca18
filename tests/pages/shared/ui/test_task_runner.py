"""Running steps: cached ones are skipped, failures are reported, stopped work waits for the visitor."""

import json
import re
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.ui import memory
from pages.shared.ui.memory import Line
from pages.shared.ui.task_runner import POLL_INTERVAL, Clock, Count
from tests.pages.conftest import wait_until

NAMES = ("one", "two", "three", "four")


def page():
    from functools import partial

    import streamlit as st

    from configs.errors import UserError
    from pages.shared.ui.task_runner import Clock, Step, run_steps

    cached = {"one": 0, "three": 3}  # 0 is a result, although it is falsy
    computed = []

    def compute(name):
        computed.append(name)
        if name == "two":
            raise UserError("two is damaged")
        return name.upper()

    found = run_steps(
        "test",
        {name: Step(partial(cached.get, name), partial(compute, name)) for name in ("one", "two", "three", "four")},
        "Doing",
        "The result",
        st.session_state.get("subject"),
        meanwhile=lambda: st.caption("meanwhile"),
        clock=st.session_state.get("clock", Clock()),
    )
    st.json({"found": found, "computed": computed})


@pytest.fixture
def app():
    return AppTest.from_function(page, default_timeout=300)


def reported(app):
    return json.loads(app.json[0].value)


def test_only_steps_that_are_not_cached_run_and_failures_are_reported(app):
    app.run()
    assert reported(app) == {"found": {"one": 0, "three": 3, "four": "FOUR"}, "computed": ["two", "four"]}
    assert list(reported(app)["found"]) == ["one", "three", "four"]
    assert [error.value for error in app.error] == ["two is damaged"]
    assert not app.button, "the button to stop disappears with the bar"


def test_stopped_work_waits_until_it_is_continued_and_other_work_runs(app):
    app.session_state["stopped_test"] = (None, NAMES)
    app.run()
    assert reported(app) == {"found": {"one": 0, "three": 3}, "computed": []}
    assert [info.value.partition(": ")[2] for info in app.info] == ["two, four."]
    app.session_state["subject"] = "another"
    app.run()
    assert reported(app)["computed"] == ["two", "four"]
    app.session_state["subject"] = None
    app.run()
    assert reported(app)["computed"] == []
    app.button[0].click().run()
    assert reported(app)["computed"] == ["two", "four"]


def test_a_step_that_is_still_running_does_not_start_again(app):
    left: Future[str] = Future()

    def wait(future, seconds):
        if future is left and not left.done():
            left.set_result("two of the first run")
        return Clock().wait(future, seconds)

    app.session_state["running_test"] = {(None, "two"): left}
    app.session_state["clock"] = Clock(wait=wait)
    app.run()
    found = {"one": 0, "two": "two of the first run", "three": 3, "four": "FOUR"}
    assert reported(app) == {"found": found, "computed": ["four"]}
    assert not app.error


def test_meanwhile_is_called_once_whether_or_not_there_is_work(app):
    def captions():
        return [caption.value for caption in app.run().caption]

    assert captions() == ["meanwhile"]
    app.session_state["stopped_test"] = (None, NAMES)
    assert captions() == ["meanwhile"]


class Simulation:
    """Steps that end at given times of a clock that only advances while the runner waits."""

    def __init__(self, **ends):
        self.ends, self.time = ends, 0.0
        self.counts: dict[str, Count] = {}
        self.started, self.released = ({name: Event() for name in ends} for _ in range(2))

    def now(self):
        return self.time

    def wait(self, future, seconds):
        assert seconds == POLL_INTERVAL
        self.time += seconds
        for count in self.counts.values():
            count.done = round(10 * self.time)
        for name, end in self.ends.items():
            if self.time >= end:
                self.released[name].set()
        name = self.names[future]
        return self.released[name].is_set() and future.result(60) == name

    def compute(self, name):
        self.started[name].set()
        assert self.released[name].wait(60)
        return name

    @property
    def names(self):
        """The steps of the futures that the runner has started."""
        import streamlit as st

        return {future: name for (_, name), future in st.session_state["running_slow"].items()}


def simulated_page():
    from functools import partial

    import streamlit as st

    from pages.shared.ui.task_runner import Clock, Step, run_steps

    simulation = st.session_state["simulation"]
    steps = {
        name: Step(lambda: None, partial(simulation.compute, name), simulation.counts.get(name))
        for name in simulation.ends
    }

    def meanwhile():
        first = next(iter(steps))
        assert simulation.started[first].wait(60), "the first step runs already"
        st.caption(", ".join(name for name, started in simulation.started.items() if started.is_set()))

    clock = Clock(simulation.now, simulation.wait)
    st.json(run_steps("slow", steps, "Doing", "The result", "", meanwhile=meanwhile, clock=clock))


@pytest.mark.parametrize(
    ("ends", "messages"),
    [
        ({"short": 0.1, "quick": 0.15}, []),
        ({"short": 0.1, "long": 1.5}, [(0.5, "Doing long (2 of 2)")]),
        ({"long": 1.1, "longer": 2.1}, [(0.0, "Doing long (1 of 2)"), (0.5, "Doing longer (2 of 2)")]),
    ],
)
def test_work_runs_meanwhile_and_slow_steps_are_named_once(ends, messages, monkeypatch):
    shown = []
    bar = type("Bar", (), {"progress": lambda self, part, text: shown.append((part, text))})()
    monkeypatch.setattr("pages.shared.ui.task_runner._Progress._draw_bar", lambda *_: bar)
    app = AppTest.from_function(simulated_page, default_timeout=300)
    app.session_state["simulation"] = Simulation(**ends)
    app.run()
    assert not app.exception
    assert [caption.value for caption in app.caption] == [next(iter(ends))], "steps run one after the other"
    assert reported(app) == {name: name for name in ends}
    assert shown == messages


def test_a_long_step_that_counts_tells_how_far_it_is_once_a_second(monkeypatch):
    shown = []
    bar = type("Bar", (), {"progress": lambda self, part, text: shown.append((part, text))})()
    monkeypatch.setattr("pages.shared.ui.task_runner._Progress._draw_bar", lambda *_: bar)
    app, simulation = AppTest.from_function(simulated_page, default_timeout=300), Simulation(all=4.1)
    simulation.counts["all"] = Count(simulation.now)
    simulation.counts["all"].begin(41)
    app.session_state["simulation"] = simulation
    app.run()
    assert not app.exception
    parts = [part for part, _ in shown]
    assert len(parts) in (3, 4)
    assert parts == sorted(set(parts))
    for part, text in shown:
        said = re.fullmatch(r"Doing all: (\d+%), (\d+) s left", text)
        assert said
        assert said[1] == f"{part:.0%}"
        assert int(said[2]) == pytest.approx(4.1 * (1 - part), abs=0.51)


def test_items_are_counted_when_they_are_done_with():
    times = iter([0.0, 10.0, 14.0])
    count = Count(lambda: next(times))
    count.begin(4)
    assert (count.share, count.told()) == (0.0, "")
    items = count.over("abcd")
    next(items)
    assert count.done == 0
    next(items)
    assert (count.done, count.told()) == (1, "25%, 12 s left")
    assert list(items) == ["c", "d"]
    assert count.share == 1


def test_a_step_in_line_leaves_it_when_the_visitor_turns_to_something_else(app, monkeypatch):
    line = Line(100)
    monkeypatch.setattr(memory, "_line", lambda: line)
    wanted = {(None, "two"), ("another", "two")}
    app.session_state["wanted_test"] = wanted
    with ThreadPoolExecutor(1) as thread, line.share(100):
        left = thread.submit(memory.run_while, lambda: (None, "two") in wanted, shared)
        wait_until(lambda: len(line._line) == 1)
        app.session_state["running_test"] = {(None, "two"): left}
        app.session_state["subject"] = "another"
        app.run()
        with pytest.raises(memory.NobodyWaitsError):
            left.result(60)
        assert not line._line
    assert reported(app)["computed"] == ["two", "four"]


def shared():
    with memory.share(1):
        pass
