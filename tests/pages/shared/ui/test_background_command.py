"""Commands in the background: progress, failure, stopping, and one at a time."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.ui import background_command
from pages.shared.ui.background_command import Command, Progress, Slot, status
from tests.pages.conftest import wait_until

WAITS = "import time; time.sleep(600)"


def command(program):
    return Command("Counting", ["-c", program])


def ended(one):
    wait_until(lambda: one.done)
    return one


@pytest.fixture
def waiting():
    one = command(WAITS)
    yield one
    one.stop()
    wait_until(lambda: one.done)


def test_a_command_reports_its_progress_and_ends():
    text = "from data import progress; list(progress.counted(range(7), 'counting sheep', 7, 'sheep'))"
    one = ended(command(text))
    assert (one.problem, one.stopped) == ("", False)
    assert (one.progress.doing, one.progress.done, one.progress.total) == ("counting sheep", 7, 7)
    assert one.progress.share == 1


USERS_MISTAKE = """
from configs.command_line import run
from configs.errors import UserError
def main(): raise UserError("there is no model lion")
run(main)
"""


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        (USERS_MISTAKE, "there is no model lion"),
        ("raise RuntimeError('broken')", "server's log"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "server's log"),
    ],
)
def test_a_failure_is_one_sentence(program, problem):
    one = ended(command(program))
    assert problem in one.problem
    assert "\n" not in one.problem
    assert "Traceback" not in one.problem
    assert not one.stopped


def test_a_command_can_be_stopped_and_then_is_no_failure(waiting):
    waiting.stop()
    assert ended(waiting).stopped
    assert waiting.problem == ""


def test_a_command_that_does_not_want_to_stop_is_killed(monkeypatch):
    monkeypatch.setattr(background_command, "PATIENCE_SECONDS", 0.2)
    program = (
        "import json, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print(json.dumps({'progress': 'ready', 'done': 0, 'total': 1, 'rate': None}), file=sys.stderr, flush=True)\n"
    )
    one = command(program + WAITS)
    wait_until(lambda: one.progress.doing == "ready")
    one.stop()
    assert ended(one).stopped


def test_only_one_command_runs_at_a_time(waiting):
    slot = Slot()
    slot.command = waiting
    assert slot.start("Another", ["-c", ""]) is None
    waiting.stop()
    ended(waiting)
    another = slot.start("Another", ["-c", ""])
    assert another is slot.command
    ended(another)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"progress": "evaluating", "done": 3, "total": 10, "rate": 0.5}', Progress("evaluating", 3, 10, 0.5)),
        ('{"progress": "evaluating", "done": 3, "total": null, "rate": null}', Progress("evaluating", 3, None, None)),
        ('{"progress": "evaluating"}', None),
        ("[3]", None),
        ("left out 3 of 10 images", None),
        ("", None),
    ],
)
def test_lines_of_progress_are_told_from_others(line, expected):
    assert Progress.parse(line) == expected


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (Progress(), ("starting", "12 s")),
        (Progress("building", 3), ("building", "3")),
        (Progress("evaluating", 3, 10), ("evaluating", "3 of 10")),
        (Progress("evaluating", 3, 10, 0.5), ("evaluating", "3 of 10", "14 s left")),
        (Progress("evaluating", 1000, 8000, 10), ("1,000 of 8,000", "12 min left")),
    ],
)
def test_the_status_tells_what_is_done_and_the_time_left(waiting, progress, expected):
    waiting.progress = progress
    text = status(waiting, waiting.started + 12)
    assert text.startswith("Counting: ")
    assert all(part in text for part in expected)
    assert ("left" in text) == (progress.rate is not None)


def page():
    import streamlit as st

    from pages.shared.ui.background_command import draw_progress

    if not st.session_state["command"].done:
        draw_progress(st.session_state["command"])


def test_the_button_stops_the_command(waiting):
    app = AppTest.from_function(page, default_timeout=300)
    app.session_state["command"] = waiting
    app.run()
    assert [button.label for button in app.button] == ["Stop"]
    app.button(key="stop_command").click().run()
    assert waiting.stopped
    ended(waiting)
