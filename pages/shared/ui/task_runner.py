"""Work of several steps on a page: it tells how far it is, and can be stopped without losing what is done."""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.ui.layout import error_boundary, escape_markdown

Result = TypeVar("Result")

PATIENCE = 0.5
"""Seconds of work before the page tells of it; what is done sooner would only flicker."""

LOOK_UP = 0.2
"""Seconds after which a page that waits for a step looks whether the visitor wants something else."""


@dataclass(frozen=True)
class Step(Generic[Result]):
    """One step.

    Attributes:
        cached: Returns the result if it is known already, else None; takes no time.
        compute: Computes the result and keeps it where ``cached`` finds it. Another thread than the page's calls it, so
            it draws nothing.
    """

    cached: Callable[[], Result | None]
    compute: Callable[[], Result]


def run_steps(
    key: str,
    steps: Mapping[str, Step[Result]],
    doing: str,
    result: str,
    subject: Hashable,
    at_once: int = 1,
    meanwhile: Callable[[], None] = lambda: None,
) -> dict[str, Result]:
    """Carry out steps and return their results, those known already included.

    If it takes a moment, a bar at the foot of the window says which step is going on and has a button to stop. The page
    stops at once: no further step begins, what is done stays, and the page offers to do the rest. A step that is going
    on then ends unseen, and is not begun again.

    Args:
        key: Identifies the work on the page.
        steps: Name to step.
        doing: What is done, in one word, as ``Asking``.
        result: What a step gives, as ``The answer``; starts the sentence if it fails.
        subject: What it is about; work on another subject has not been stopped.
        at_once: How many steps may go on at the same time.
        meanwhile: Called once, when the first steps are going on if there is something to do; may draw.

    Returns:
        Name to result, in the order of ``steps``, without those that failed (the page says why) or were not done.
    """
    done: dict[str, Result] = {}
    running = _running(key)
    for name, step in steps.items():
        # The cache would wait for a step that an earlier run of the page has left going on.
        if (subject, name) not in running and (known := step.cached()) is not None:
            done[name] = known
    waiting = [name for name in steps if name not in done]
    work = subject, tuple(steps)
    if not waiting:
        meanwhile()
    elif st.session_state.get(_stopped(key)) == work:
        meanwhile()
        _offer(key, waiting)
    else:
        threads = ThreadPoolExecutor(at_once)
        try:
            for name in waiting:
                if (subject, name) not in running:
                    running[subject, name] = threads.submit(steps[name].compute)
            going = {name: running[subject, name] for name in waiting}
            meanwhile()
            _await(key, going, done, f"{doing} {{}} ({{}} of {len(steps)})", result, work)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
    return {name: done[name] for name in steps if name in done}


def _await(
    key: str, going: Mapping[str, Future[Result]], done: dict[str, Result], telling: str, result: str, work: Hashable
) -> None:
    """Wait for the steps ``going`` and put their results into ``done``."""
    begun = time.monotonic()
    place = st.empty()
    known, steps = len(done), len(done) + len(going)
    progress: DeltaGenerator | None = None
    for number, (name, future) in enumerate(going.items(), start=known):
        with error_boundary(f"{result} of {name}"):
            told = False
            while not wait([future], LOOK_UP).done:
                # The browser draws the whole page anew for every message, so each thing is told once, and late.
                if progress is None and time.monotonic() - begun >= PATIENCE:
                    progress = _bar(place, key, work)
                if progress is not None and not told:
                    progress.progress(number / steps, telling.format(escape_markdown(name), number + 1))
                    told = True
                # If the visitor did anything, the script ends here, and the page is drawn anew.
                st.session_state.get(_stopped(key))
            done[name] = future.result()
    place.empty()


def _bar(place: DeltaGenerator, key: str, work: Hashable) -> DeltaGenerator:
    """Draw the bar and the button beside it; return the bar."""
    with place.container(key=f"work_{key}", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(Path(__file__).with_name("task_runner.css"))
        progress = st.progress(0.0)
        st.button("Stop", key=f"stop_{key}", icon=":material/stop_circle:", on_click=_stop, args=(key, work))
    return progress


def _running(key: str) -> dict[tuple[Hashable, str], Future[Any]]:
    """Return the steps that earlier runs of the page have left going on, by subject and name; more can be added."""
    name = f"running_{key}"
    st.session_state[name] = {step: one for step, one in st.session_state.get(name, {}).items() if not one.done()}
    found: dict[tuple[Hashable, str], Future[Any]] = st.session_state[name]
    return found


def _stop(key: str, work: Hashable) -> None:
    st.session_state[_stopped(key)] = work


def _offer(key: str, waiting: Sequence[str]) -> None:
    """Say what has not been done, and offer to do it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.info(f"Stopped. Not done: {escape_markdown(', '.join(waiting))}.", icon=":material/stop_circle:")
        st.button("Go on", key=f"go_on_{key}", on_click=lambda: st.session_state.pop(_stopped(key), None))


def was_stopped(key: str, subject: Hashable, steps: Iterable[str]) -> bool:
    """Return whether the visitor stopped this work; see ``run_steps`` for the arguments."""
    return bool(st.session_state.get(_stopped(key)) == (subject, tuple(steps)))


def _stopped(key: str) -> str:
    """Return where it is kept which work was stopped."""
    return f"stopped_{key}"
