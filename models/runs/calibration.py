"""What a run's logits are divided by to make it as confident as it is right: typed content of ``calibration.json``.

``python -m train.calibrate`` writes it; the weights stay as they are. Without a valid file for a run's weights, its
logits are used as they are.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from configs.files import write_text
from models.runs.evaluation import Count, Score, Section
from models.runs.model import read_text

FILE = "calibration.json"
MAX_BYTES = 10_000


class Calibration(Section):
    """A temperature, and the calibration error on images that it was not fitted on, without it and with it."""

    temperature: Annotated[float, Field(strict=True, ge=0.01, le=100)]
    weights: str  # SHA-256 of the weights it was fitted for
    split: str
    fitted_on: Count
    tested_on: Count
    before: Score
    after: Score

    @property
    def helps(self) -> bool:
        """Whether the calibration error is smaller with it."""
        return self.after < self.before


def read(folder: Path, weights: str) -> Calibration | None:
    """Return what the file in a run's folder says; None if there is none, it is damaged, or it is for other weights.

    ``weights`` is the SHA-256 of those that the run has.
    """
    text = read_text(folder / FILE, MAX_BYTES)
    if text is None:
        return None
    try:
        found = Calibration.model_validate_json(text)
    except ValidationError:
        return None
    return found if found.weights == weights else None


def write(folder: Path, found: Calibration) -> None:
    """Write the file into a run's folder. Raises ``OSError``."""
    write_text(folder / FILE, found.model_dump_json(indent=1) + "\n")
