"""Which int8 networks need more than the 16 bits in which CPUs without VNNI add up products."""

from pathlib import Path

from models.inference import cpu
from models.runs.run import Run

ARCHITECTURES = frozenset({"mobilenetv2_pix2pix"})
"""Architectures whose int8 networks have sums too large for CPUs without VNNI, which add products of 8-bit integers up
in 16 bits: up to 5 % of the labels change. On such CPUs int8 saves them no time (docs/quantisation.md), so the rounded
values are multiplied in floating point there.
"""


def possible(run: Run) -> bool:
    """Return whether sums would overflow in a run's int8 network on CPUs without VNNI."""
    return run.experiment.model.architecture in ARCHITECTURES


def here(run: Run, cpuinfo: Path = cpu.CPUINFO) -> bool:
    """Return whether they would overflow on this CPU."""
    return possible(run) and not cpu.multiplies_int8(cpu.features(cpuinfo))
