"""Decides which models are used in int8 where nobody has chosen a precision."""

from pathlib import Path

from models.inference import cpu
from models.runs.run import Run

MAX_LOSS = 0.004
"""By how much the mIoU may be lower in int8 than in float32, on the split that the config names for evaluation."""


def int8_by_default(run: Run, cpuinfo: Path = cpu.CPUINFO) -> bool:
    """Return whether a run loses next to nothing by int8, and this CPU gains by it."""
    loss = int8_loss(run)
    return loss is not None and loss <= MAX_LOSS and cpu.multiplies_int8(cpu.features(cpuinfo))


def int8_loss(run: Run) -> float | None:
    """Return by how much the mIoU is lower in int8 than in float32, on the split that the config evaluates on.

    None if one of them is not known, for want of scores or because those are of other weights.
    """
    plain, quantised = _miou(run.in_precision(None)), _miou(run.in_precision("int8"))
    return None if plain is None or quantised is None else plain - quantised


def _miou(model: Run) -> float | None:
    scores = model.scores(model.experiment.evaluate.split)
    return scores.miou if scores is not None and scores.weights == model.digest_if_ready() else None
