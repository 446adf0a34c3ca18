"""What a person says of a model file, and whether that makes sense."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from configs.errors import UserError
from models.added.facts import Triple

EngineName = Literal["openvino", "litert", "onnxruntime"]
Kind = Literal["probabilities", "logits", "labels", "binary"]

SIDES = (8, 4096)
"""Least and most pixels of each side of an input."""


@dataclass(frozen=True)
class Answers:
    """What a person says of a model; None where the file's own word, or a guess, is good enough.

    ``input_range`` is what 0 and 255 become; ``mean`` and ``std`` are for red, green and blue, in its units.
    """

    classes: Sequence[str] | None = None
    dataset: str | None = None
    input_size: tuple[int, int] | None = None
    layout: Literal["NHWC", "NCHW"] | None = None
    colour: Literal["RGB", "BGR"] | None = None
    input_range: tuple[float, float] | None = None
    mean: Triple | None = None
    std: Triple | None = None
    resize: Literal["stretch", "letterbox"] | None = None
    output: Kind | None = None
    output_name: str | None = None
    threshold: float | None = None
    void: str | None = None
    engine: EngineName | None = None


def check(answers: Answers) -> None:
    """Raise ``UserError``, naming the option, for a number that makes no sense."""
    numbers = {"--range": answers.input_range, "--mean": answers.mean, "--std": answers.std}
    for option, values in numbers.items():
        if values is not None and not all(map(math.isfinite, values)):
            raise UserError(f"{option}: the numbers must be finite, not {_listed(values)}")
    if answers.input_range is not None and answers.input_range[0] >= answers.input_range[1]:
        raise UserError(f"--range: must go from small to large, not {_listed(answers.input_range)}")
    if answers.std is not None and min(answers.std) <= 0:
        raise UserError(f"--std: every number must be above 0, not {_listed(answers.std)}")
    size = answers.input_size
    if size is not None and not SIDES[0] <= min(size) <= max(size) <= SIDES[1]:
        raise UserError(f"--input-size: each side must have {SIDES[0]} to {SIDES[1]} pixels, not {size[0]}x{size[1]}")
    if answers.threshold is not None and not 0 <= answers.threshold <= 1:
        raise UserError(f"--threshold: must be a probability from 0 to 1, not {answers.threshold:g}")


def check_mean(mean: Triple | None, low_high: tuple[float, float]) -> None:
    """Raise ``UserError`` if a mean lies outside the range whose units it should have."""
    low, high = low_high
    if mean is not None and not low <= min(mean) <= max(mean) <= high:
        better = " or --range 0,255" if high < max(mean) <= 255 and min(mean) >= 0 else ""
        raise UserError(
            f"--mean: {_listed(mean)} is not within the range {low:g} to {high:g} that it applies to; "
            f"give it in units of --range{better}"
        )


def _listed(values: Sequence[float]) -> str:
    return ",".join(f"{value:g}" for value in values)
