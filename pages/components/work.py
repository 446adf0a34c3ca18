"""Work of several steps on a page: it tells how far it is, and can be stopped without losing what is done."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import streamlit as st

from pages.components.frame import boundary, plain

Result = TypeVar("Result")


@dataclass(frozen=True)
class Step(Generic[Result]):
    """One step.

    Attributes:
        known: Returns the result if it is known already, else None; takes no time.
        compute: Computes the result and keeps it where ``known`` finds it.
    """

    known: Callable[[], Result | None]
    compute: Callable[[], Result]


def carry_out(
    key: str, steps: Mapping[str, Step[Result]], doing: str, result: str, subject: Hashable
) -> dict[str, Result]:
    """Carry out steps one by one and return their results, those known already included.

    While there is something to do, a bar at the foot of the window says which step is going on and has a button to
    stop. It stops after the step that is going on; what is done by then stays, and the page offers to do the rest.

    Args:
        key: Identifies the work on the page.
        steps: Name to step.
        doing: What is done, in one word, as ``Asking``.
        result: What a step gives, as ``The answer``; starts the sentence if it fails.
        subject: What it is about; work on another subject has not been stopped.

    Returns:
        Name to result, in the order of ``steps``, without those that failed (the page says why) or were not done.
    """
    done: dict[str, Result] = {}
    for name, step in steps.items():
        if (known := step.known()) is not None:
            done[name] = known
    waiting = [name for name in steps if name not in done]
    work = subject, tuple(steps)
    if waiting and st.session_state.get(_stopped(key)) == work:
        _offer(key, waiting)
    elif waiting:
        _work(key, steps, waiting, done, f"{doing} {{}} ({{}} of {len(steps)})", result, work)
    return {name: done[name] for name in steps if name in done}


def _work(
    key: str,
    steps: Mapping[str, Step[Result]],
    waiting: Sequence[str],
    done: dict[str, Result],
    telling: str,
    result: str,
    work: Hashable,
) -> None:
    """Carry out the steps ``waiting`` and put their results into ``done``."""
    st.html(Path(__file__).with_name("work.css"))
    place = st.empty()
    with place.container(key=f"work_{key}", horizontal=True, vertical_alignment="center", gap="small"):
        progress = st.progress(0.0)
        st.button("Stop", key=f"stop_{key}", icon=":material/stop_circle:", on_click=_stop, args=(key, work))
    for number, name in enumerate(waiting, start=len(steps) - len(waiting)):
        # If a button was clicked, the script ends here: what has been computed is kept, and the page is drawn anew.
        progress.progress(number / len(steps), telling.format(plain(name), number + 1))
        with boundary(f"{result} of {name}"):
            done[name] = steps[name].compute()
    place.empty()


def _stop(key: str, work: Hashable) -> None:
    st.session_state[_stopped(key)] = work


def _offer(key: str, waiting: Sequence[str]) -> None:
    """Say what has not been done, and offer to do it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.info(f"Stopped. Not done: {plain(', '.join(waiting))}.", icon=":material/stop_circle:")
        st.button("Go on", key=f"go_on_{key}", on_click=lambda: st.session_state.pop(_stopped(key), None))


def _stopped(key: str) -> str:
    """Return where it is kept which work was stopped."""
    return f"stopped_{key}"
