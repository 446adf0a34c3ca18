"""The latency of models on this computer: the measured figures, and the button that measures them."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from configs import paths
from models.inference import benchmarks
from models.inference.benchmarks import Latencies
from models.runs.model import Model
from pages.shared.content import loaded_models
from pages.shared.ui.task_runner import Step, run_steps, was_stopped

DEFINITION = (
    "Median time for one picture at a time through the network alone, in milliseconds, at the network's own input size "
    "and in the arithmetic used here. Decoding and resizing a picture come on top."
)
_ROUND = "speed_round"  # the session's key of the names and results of the current round of measuring


def measured_here() -> Latencies:
    """Return the figures measured on this computer."""
    return benchmarks.read(benchmarks.file())


def measured_or_published() -> Latencies:
    """Return the figures of this computer, or else those that come with the published models.

    They are never mixed, because ``models/zoo/benchmark.json`` comes from another machine.
    """
    here = measured_here()
    return here if here.milliseconds else benchmarks.read(paths.zoo_dir() / "benchmark.json")


def about(speeds: Latencies) -> str:
    """Return what the figures mean, and on which machine and in which arithmetic they were measured."""
    if not speeds.milliseconds:
        return f"{DEFINITION} Not measured on this computer yet; the Overview page has a button that does it."
    kinds: dict[str, list[str]] = {}
    for name, precision in speeds.precision.items():
        kinds.setdefault(precision, []).append(name)
    arithmetic = " and ".join(f"in {precision} ({', '.join(names)})" for precision, names in kinds.items())
    return f"{DEFINITION} Measured on {speeds.machine}, {arithmetic}."


def measure_button(runs: Mapping[str, Model]) -> None:
    """Draw the button that measures the models with weights, and the progress while they are measured."""
    measurable = {name: run for name, run in runs.items() if run.is_ready}
    if _ROUND in st.session_state:
        _measure_round(measurable, *st.session_state[_ROUND])
    if measurable and _ROUND not in st.session_state:
        _offer(measurable)


def _offer(measurable: Mapping[str, Model]) -> None:
    """Draw the button, for the models that have not been measured, or for all if none is left."""
    known = measured_here()
    missing = [name for name, run in measurable.items() if known.of(run) is None]
    names = missing or list(measurable)
    st.button(
        "Measure speed here" if missing else "Measure speed again",
        key="measure_speed",
        icon=":material/speed:",
        on_click=lambda: st.session_state.update({_ROUND: (names, {})}),
        help=f"Takes a few seconds{f' for each of {len(names)} models' if len(names) > 1 else ''}. {DEFINITION}",
    )


def _measure_round(measurable: Mapping[str, Model], names: Sequence[str], results: dict[str, float]) -> None:
    """Measure the models of the round that have no result yet, and end the round unless it was stopped."""

    def measure(name: str) -> float:
        results[name] = benchmarks.measure_here(loaded_models.predictor(measurable[name]))
        return results[name]

    steps = {name: Step(partial(results.get, name), partial(measure, name)) for name in names if name in measurable}
    done = run_steps("speed", steps, "Measuring", "The speed", id(results))
    if len(done) == len(steps) or not was_stopped("speed", id(results), steps):
        del st.session_state[_ROUND]
