"""How fast models are on this computer: what has been measured, and the button that measures."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from configs import paths
from models.inference import benchmarks
from models.inference.benchmarks import Speeds
from models.runs.run import Run
from pages.shared.content import predictions
from pages.shared.ui.task_runner import Step, run_steps, was_stopped

DEFINITION = (
    "Median time for one picture at a time through the network alone, in milliseconds, at the network's own input size "
    "and in the arithmetic it is used in here. Decoding and resizing a picture come on top."
)
_ROUND = "speed_round"
"""Where the session keeps what this round of measuring has given so far; it is there while the round goes on."""


def here() -> Speeds:
    """Return what was measured on this computer."""
    return benchmarks.read(benchmarks.file())


def measured() -> Speeds:
    """Return the figures of this computer, or else those that come with the published models.

    Never both: ``models/zoo/benchmark.json`` is of another machine.
    """
    mine = here()
    return mine if mine.milliseconds else benchmarks.read(paths.zoo_dir() / "benchmark.json")


def about(speeds: Speeds) -> str:
    """Say what the figures are, and of which machine and arithmetic."""
    if not speeds.milliseconds:
        return f"{DEFINITION} Not measured on this computer yet; the Overview page has a button that does it."
    kinds: dict[str, list[str]] = {}
    for name, precision in speeds.precision.items():
        kinds.setdefault(precision, []).append(name)
    arithmetic = " and ".join(f"in {precision} ({', '.join(names)})" for precision, names in kinds.items())
    return f"{DEFINITION} Measured on {speeds.machine}, {arithmetic}."


def measuring(runs: Mapping[str, Run]) -> None:
    """Draw the button that measures the models with weights; while they are measured, how far that is.

    Args:
        runs: The models by name.
    """
    able = {name: run for name, run in runs.items() if run.weights.is_file()}
    if _ROUND in st.session_state:
        _measure_round(able, *st.session_state[_ROUND])
    if able and _ROUND not in st.session_state:
        _offer(able)


def _offer(able: Mapping[str, Run]) -> None:
    """Draw the button; what has been measured is only measured again when all has been."""
    known = here()
    missing = [name for name, run in able.items() if known.of(run) is None]
    names = missing or list(able)
    st.button(
        "Measure speed here" if missing else "Measure speed again",
        key="measure_speed",
        icon=":material/speed:",
        on_click=lambda: st.session_state.update({_ROUND: (names, {})}),
        help=f"Takes a few seconds for each of {len(names)} models. {DEFINITION}"
        if len(names) > 1
        else f"Takes a few seconds. {DEFINITION}",
    )


def _measure_round(able: Mapping[str, Run], names: Sequence[str], found: dict[str, float]) -> None:
    """Measure what the round has not measured yet; it is over unless it was stopped."""

    def measure(name: str) -> float:
        found[name] = benchmarks.measure_here(predictions.predictor(able[name]))
        return found[name]

    steps = {name: Step(partial(found.get, name), partial(measure, name)) for name in names if name in able}
    done = run_steps("speed", steps, "Measuring", "The speed", id(found))
    if len(done) == len(steps) or not was_stopped("speed", id(found), steps):
        del st.session_state[_ROUND]
