"""Whether a picture is like those a run was trained on: typed content of ``familiarity.json``, and its verdict.

The file holds one weight for each channel of the network's deepest levels. The weighted sum of their mean responses to
a picture is its distance: a logistic regression between training pictures of the run and of other datasets.
docs/familiarity.md says how it was chosen and how far it can be trusted.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from configs.errors import UserError
from models.runs.evaluation import Count, Images, OptionalScore, Score, Section
from models.runs.model import Model, file_digest, read_text
from models.runs.run import Run

SCHEMA = 1
"""Version of the layout of the file."""
MAX_BYTES = 1_000_000
"""The largest file; one of 1,536 channels has 15 kB."""

Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class OtherDataset(Section):
    """How the pictures of another dataset's split are told from the run's own.

    Only ``pictures`` that show no object of the run's classes are expected to be unlike; ``showing`` counts the others,
    which are in no other figure but ``auroc_showing``. A figure is None if there are too few pictures for it.
    """

    name: str
    title: str
    split: str
    fitted: Count  # training pictures of it in the fit
    pictures: Count
    auroc: OptionalScore  # probability that one of them is farther than one of the run's own split
    auroc_unseen: OptionalScore  # the same, of a fit without this dataset
    told: OptionalScore  # share of them beyond the threshold
    showing: Count
    auroc_showing: OptionalScore


class Familiarity(Section):
    """What tells pictures unlike the training pictures of a run, and how well it does so."""

    layout: Annotated[int, Field(strict=True, alias="schema")] = SCHEMA
    weights: str  # SHA-256 of those it was made for
    channels: Annotated[tuple[Finite, ...], Field(min_length=1, max_length=65536)]
    offset: Finite
    threshold: Finite
    fitted: Count  # training pictures of the run in the fit
    split: str
    images: Images  # of that split, on which the threshold was chosen
    false_alarms: Score  # share of them beyond it
    others: tuple[OtherDataset, ...]
    engine: str
    date: str

    @property
    def auroc(self) -> float | None:
        """The mean over the other datasets, or None if none has enough pictures."""
        known = [one.auroc for one in self.others if one.auroc is not None]
        return sum(known) / len(known) if known else None

    @property
    def auroc_unseen(self) -> float | None:
        """The same mean, of fits without the dataset in question."""
        known = [one.auroc_unseen for one in self.others if one.auroc_unseen is not None]
        return sum(known) / len(known) if known else None

    @cached_property
    def weighting(self) -> NDArray[np.float64]:
        """The weight of each channel, ``(C,)``."""
        return np.array(self.channels, np.float64)

    def distances(self, responses: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the distance of pictures from the training pictures, given their mean responses ``(..., C)``."""
        return np.asarray(responses, np.float64) @ self.weighting + self.offset

    def verdict(self, responses: NDArray[np.floating]) -> "Verdict":
        """Return the verdict on a picture, given its mean responses ``(C,)``."""
        return Verdict(float(self.distances(responses)), self.threshold, self.false_alarms)


@dataclass(frozen=True)
class Verdict:
    """How far a picture is from those a run was trained on.

    Attributes:
        distance: The further, the higher; of either sign.
        threshold: A picture beyond it is unlike the training pictures.
        false_alarms: Share of the run's own evaluated pictures that are beyond it.
    """

    distance: float
    threshold: float
    false_alarms: float

    @property
    def unlike(self) -> bool:
        """Whether the picture is unlike the training pictures."""
        return self.distance > self.threshold


def file_of(model: Model) -> Path:
    """Return the file of a model, which only runs can have."""
    return model.path / "familiarity.json"


def digest(model: Model) -> str:
    """Return the SHA-256 of a model's file, or nothing if there is none."""
    try:
        return file_digest(file_of(model))
    except OSError:
        return ""


def read(run: Run) -> Familiarity | None:
    """Return what a run's file holds, or None if there is none.

    Raises ``UserError`` if it can't be read, is not valid, or was made for other weights.
    """
    file = file_of(run)
    try:
        state = file.stat()
    except OSError:
        return None
    found = _parsed(file, state.st_mtime_ns, state.st_size, state.st_ino)
    advice = f"make it again with python -m train.familiarity {run.path.name}"
    if isinstance(found, str):
        raise UserError(f"{file}: {found}; {advice}")
    if not run.weights.is_file() or found.weights != file_digest(run.weights):
        raise UserError(f"{file} was made for other weights than {run.path.name} has now; {advice}")
    return found


@lru_cache(maxsize=64)
def _parsed(file: Path, changed: int, size: int, inode: int) -> Familiarity | str:
    """Parse a file only if it has changed; return why if it can't be parsed."""
    text = read_text(file, MAX_BYTES)
    if text is None:
        return f"the file can't be read, or has more than {MAX_BYTES:,} bytes"
    try:
        found = Familiarity.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        return ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]]))
    return found if found.layout == SCHEMA else f"the layout is {found.layout}, not {SCHEMA}"
