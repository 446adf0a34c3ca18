"""How a run's logits are adjusted to make it as confident as it is right: typed content of ``calibration.json``.

``python -m train.calibrate`` writes it; the weights stay as they are. Without a valid file for a run's weights, its
logits are used as they are.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from configs.files import write_text
from models.runs.evaluation import Count, OptionalScore, Score, Section
from models.runs.model import read_text

FILE = "calibration.json"
MAX_BYTES = 10_000


@dataclass(frozen=True)
class Adjustment:
    """What is done to logits: ``offsets`` are added, one per class id or none at all, then all divided."""

    temperature: float = 1.0
    offsets: tuple[float, ...] = ()


class Calibration(Section):
    """A temperature, and the calibration error on images that it was not fitted on, without it and with it.

    Attributes:
        offsets: What is added to the logits of classes, by their names, before the division; 0 for all others.
        miou_before: With offsets: the mIoU at the network's resolution without them.
        miou_after: The same with offsets, each half of the images with those fitted on the other half.
    """

    temperature: Annotated[float, Field(strict=True, ge=0.01, le=100)]
    offsets: dict[str, Annotated[float, Field(strict=True, ge=-20, le=20)]] = Field(default_factory=dict)
    weights: str  # SHA-256 of the weights it was fitted for
    split: str
    fitted_on: Count
    tested_on: Count
    before: Score
    after: Score
    miou_before: OptionalScore = None
    miou_after: OptionalScore = None

    def facts(self) -> list[Any]:
        """Return what the network's output depends on, as JSON; nothing if its logits stay as they are."""
        return [value for value, plain in ((self.temperature, 1), (self.offsets, {})) if value != plain]

    def adjustment(self, names: tuple[str, ...]) -> Adjustment | None:
        """Return what is done to the logits of classes with these names, by id; None if nothing is."""
        offsets = tuple(self.offsets.get(name, 0.0) for name in names) if self.offsets else ()
        return Adjustment(self.temperature, offsets) if self.facts() else None


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
