"""Run steps of slow work on a page, with a progress bar and a button that stops without losing finished steps."""

import math
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.ui import memory
from pages.shared.ui.background_command import duration
from pages.shared.ui.layout import error_boundary, escape_markdown

Result = TypeVar("Result")

Item = TypeVar("Item")

PATIENCE = 0.5  # seconds of work before the progress bar appears; for shorter work it would only flicker
POLL_INTERVAL = 0.2  # seconds between two checks whether the visitor has done something while a step runs
TOLD_EVERY = 1.0  # seconds between two looks at how far a step is: the browser renders the whole page again


class Count:
    """How many items of a long step are done; the step counts, and the page tells it from another thread."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Count nothing yet; ``now`` tells the time in seconds."""
        self._now, self._begun = now, now()
        self.done = self.total = 0

    def begin(self, total: int) -> None:
        """Begin a step of so many items."""
        self._begun, self.done, self.total = self._now(), 0, total

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield items, and count each that is done with."""
        for item in items:
            yield item
            self.done += 1

    @property
    def share(self) -> float:
        """The share that is done, from 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    def told(self) -> str:
        """Say how many are done and how long the others will take; empty before the first one."""
        if not self.share:
            return ""
        left = (self._now() - self._begun) * (1 - self.share) / self.share
        return f"{self.share:.0%}, {duration(left)} left"


@dataclass(frozen=True)
class Step(Generic[Result]):
    """One step of the work.

    Attributes:
        cached: Returns the result if it is cached, else None; takes no time.
        compute: Computes the result and caches it for ``cached``. Runs in a thread of its own, so it must not draw.
        count: How far ``compute`` is, if it tells.
    """

    cached: Callable[[], Result | None]
    compute: Callable[[], Result]
    count: Count | None = None


@dataclass(frozen=True)
class Clock:
    """How the runner reads the time, in seconds, and waits, so that tests need not sleep.

    ``wait`` waits for a future for at most that many seconds, and returns whether it is done.
    """

    now: Callable[[], float] = time.monotonic
    wait: Callable[[Future[Any], float], bool] = lambda future, seconds: bool(wait([future], seconds).done)


def run_steps(
    key: str,
    steps: Mapping[str, Step[Result]],
    doing: str,
    result: str,
    subject: Hashable,
    at_once: int = 1,
    meanwhile: Callable[[], object] = lambda: None,
    clock: Clock = Clock(),
) -> dict[str, Result]:
    """Run the steps that are not cached and return the results of all steps by name, in the order of ``steps``.

    Steps that failed (the page says why) or did not run have no result. If it takes a moment, a bar at the bottom of
    the window names the running step and has a button to stop. Stopping takes effect at once: no further step starts,
    finished results stay, and the page offers to continue. A step that is already running finishes in the background
    and is not started again; one that is still in line for its share of ``memory`` leaves the line.

    Args:
        key: Identifies the work on the page.
        steps: Name to step.
        doing: The activity in one word, such as ``Asking``.
        result: What a step produces, such as ``The answer``; starts the error message if a step fails.
        subject: What the work is about; stopping it does not stop work on another subject.
        at_once: How many steps may run at the same time.
        meanwhile: Called once, after the first steps have started; may draw.
        clock: The clock to wait by.
    """
    running, wanted = _running(key), _wanted(key)
    done: dict[str, Result] = {}
    for name, step in steps.items():
        # Reading the cache would block on a step that an earlier run of the page has left running.
        if (subject, name) not in running and (value := step.cached()) is not None:
            done[name] = value
    waiting = [name for name in steps if name not in done]
    work = subject, tuple(steps)
    stopped = was_stopped(key, *work)
    wanted.intersection_update(set() if stopped else {(subject, name) for name in waiting})
    if not waiting:
        meanwhile()
    elif stopped:
        meanwhile()
        _offer_rest(key, waiting)
    else:
        threads, here = ThreadPoolExecutor(at_once), memory.visitor_is_here()
        try:
            for name in waiting:
                wanted.add(one := (subject, name))
                if one not in running:
                    still_wanted = partial(_is_wanted, one, wanted, here)
                    running[one] = threads.submit(memory.run_while, still_wanted, steps[name].compute)
            futures = {name: running[subject, name] for name in waiting}
            meanwhile()
            progress = _Progress(key, work, doing, clock)
            for position, (name, future) in enumerate(futures.items(), start=len(done)):
                with error_boundary(f"{result} of {name}"):
                    progress.wait(future, name, position, steps[name].count)
                    if isinstance(future.exception(), memory.NobodyWaitsError):
                        st.rerun()  # it had left the line when the visitor came back to it
                    done[name] = future.result()
            progress.place.empty()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
    return {name: done[name] for name in steps if name in done}


def was_stopped(key: str, subject: Hashable, steps: Iterable[str]) -> bool:
    """Return whether the visitor stopped this work; see ``run_steps`` for the arguments."""
    return bool(st.session_state.get(_stopped(key)) == (subject, tuple(steps)))


class _Progress:
    """Waits for steps, and shows the bar once the work takes longer than ``PATIENCE``."""

    def __init__(self, key: str, work: tuple[Hashable, tuple[str, ...]], doing: str, clock: Clock) -> None:
        self.key, self.work, self.doing, self.clock = key, work, doing, clock
        self.begun = clock.now()
        self.place = st.empty()
        self.bar: DeltaGenerator | None = None

    def wait(self, future: Future[Any], name: str, position: int, count: Count | None = None) -> None:
        """Wait for the step at ``position``, and name it in the bar if it is slow; ``count`` tells how far it is."""
        steps, due = len(self.work[1]), -math.inf
        while not self.clock.wait(future, POLL_INTERVAL):
            # The browser renders the whole page again for every message, so a step is named only if it is slow, and
            # again only if it tells how far it is.
            if self.bar is None and self.clock.now() - self.begun >= PATIENCE:
                self.bar = self._draw_bar()
            if self.bar is not None and self.clock.now() >= due:
                text = f"{self.doing} {escape_markdown(name)}" + (f" ({position + 1} of {steps})" if steps > 1 else "")
                share, told = (count.share, count.told()) if count else (0.0, "")
                self.bar.progress((position + share) / steps, f"{text}: {told}" if told else text)
                due = self.clock.now() + TOLD_EVERY if count else math.inf
            # If the visitor has done something, reading the session state ends the script here, and the page reruns.
            st.session_state.get(_stopped(self.key))

    def _draw_bar(self) -> DeltaGenerator:
        """Draw the bar and the button to stop; return the bar."""
        key, stopped = f"stop_{self.key}", {_stopped(self.key): self.work}
        with self.place.container(key=f"work_{self.key}", horizontal=True, vertical_alignment="center", gap="small"):
            st.html(Path(__file__).with_name("task_runner.css"))
            bar = st.progress(0.0)
            st.button("Stop", key, icon=":material/stop_circle:", on_click=st.session_state.update, args=(stopped,))
        return bar


def _offer_rest(key: str, waiting: Sequence[str]) -> None:
    """Name the steps that did not run, and offer to run them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.info(f"Stopped. Not done: {escape_markdown(', '.join(waiting))}.", icon=":material/stop_circle:")
        st.button("Go on", key=f"go_on_{key}", on_click=lambda: st.session_state.pop(_stopped(key), None))


def _running(key: str) -> dict[tuple[Hashable, str], Future[Any]]:
    """Return the steps that earlier runs of the page have left running, by subject and name; the caller adds to it."""
    name = f"running_{key}"
    futures: dict[tuple[Hashable, str], Future[Any]] = st.session_state.get(name, {})
    running = {step: future for step, future in futures.items() if not future.done()}
    st.session_state[name] = running
    return running


def _wanted(key: str) -> set[tuple[Hashable, str]]:
    """Return the steps, by subject and name, that the visitor waits for; the caller changes it."""
    wanted: set[tuple[Hashable, str]] = st.session_state.setdefault(f"wanted_{key}", set())
    return wanted


def _is_wanted(step: tuple[Hashable, str], wanted: set[tuple[Hashable, str]], here: Callable[[], bool]) -> bool:
    return step in wanted and here()


def _stopped(key: str) -> str:
    """Return the session-state key of the stopped work."""
    return f"stopped_{key}"
