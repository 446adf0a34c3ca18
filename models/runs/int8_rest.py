"""In what is computed what an int8 network leaves out of int8: typed content of ``int8_rest.json``.

``python -m models.quantize`` writes it. Without a valid file for the run's scales, the rest is computed in float32.
"""

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from configs.files import write_text
from models.inference.formats import Precision
from models.runs.evaluation import Count, OptionalScore, Section
from models.runs.model import file_digest, read_text
from models.runs.run import Run

MAX_BYTES = 10_000
MAX_CHANGE = 0.0005
"""By how much bfloat16 may change the mIoU, so that scores with the rest in float32 hold for both."""
LEAST_GAIN = 1.02
"""How many times as fast bfloat16 must be."""


class Measured(Section):
    """How good and how quick an int8 network is with its rest in one precision; None if that was not measured."""

    miou: OptionalScore = None
    milliseconds: float | None = None


class Int8Rest(Section):
    """What was measured, and what was chosen by it for CPUs that are faster in bfloat16 than in float32."""

    rest: Literal["float32", "bfloat16"]
    quantisation: str  # SHA-256 of the scales it was chosen for
    split: str
    pictures: Count
    cpu: str
    float32: Measured = Measured()
    bfloat16: Measured = Measured()


def best(float32: Measured, bfloat16: Measured) -> Literal["float32", "bfloat16"]:
    """Return the precision of the rest: bfloat16 if it is faster and hardly changes the mIoU."""
    if float32.miou is None or bfloat16.miou is None or not float32.milliseconds or not bfloat16.milliseconds:
        return "float32"
    close = abs(float32.miou - bfloat16.miou) <= MAX_CHANGE
    return "bfloat16" if close and float32.milliseconds >= LEAST_GAIN * bfloat16.milliseconds else "float32"


def file_of(run: Run) -> Path:
    """Return the file of a run, which may be missing."""
    return run.path / "int8_rest.json"


def read(run: Run) -> Int8Rest | None:
    """Return what a run's file says; None if there is none, it is damaged, or it was made for other scales."""
    text = read_text(file_of(run), MAX_BYTES)
    if text is None:
        return None
    try:
        found = Int8Rest.model_validate_json(text)
        return found if found.quantisation == file_digest(run.quantisation) else None
    except (ValidationError, OSError):
        return None


def chosen(run: Run) -> Precision:
    """Return in what the rest of a run's int8 network is computed on a CPU that is faster in bfloat16."""
    found = read(run)
    return "float32" if found is None else found.rest


def write(run: Run, found: Int8Rest) -> None:
    """Write a run's file. Raises ``OSError``."""
    write_text(file_of(run), found.model_dump_json(indent=1) + "\n")
