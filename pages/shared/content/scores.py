"""Evaluations as tables for the pages: one ``Scores`` per model, dataset and split."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from data import datasets as all_datasets
from models.metrics.bootstrap import ImageCounts
from models.metrics.definitions import CLASSES, SUMMARY
from models.metrics.segmentation import class_scores, iou, mean_over_present
from models.runs.evaluation import ClassScores, Evaluation, SplitScores
from models.runs.model import Model
from pages.shared.ui import cli_commands
from pages.shared.ui.text import listed

ALL_CLASSES = "All classes"
"""Name of the group of scores in all classes of a dataset."""


@dataclass(frozen=True)
class Scores:
    """The complete scores of a model on a split; the properties have ``nan`` for undefined ones.

    Attributes:
        name: The model's name on the page.
        run: The model.
        split: The split of ``dataset``.
        stored: The scores.
    """

    name: str
    run: Model
    split: str
    stored: SplitScores

    @property
    def is_own(self) -> bool:
        """Whether the model was scored on its own dataset, in all of its classes."""
        return not self.stored.dataset

    @property
    def dataset(self) -> str:
        """Name of the dataset whose images were scored."""
        return self.stored.dataset or self.run.dataset.name

    @property
    def dataset_title(self) -> str:
        """Title of the dataset, or its name if it has been removed."""
        if self.is_own:
            return self.run.dataset.title
        return all_datasets.get(self.dataset).title if self.dataset in all_datasets.names() else self.dataset

    @cached_property
    def shared(self) -> tuple[ClassScores, ...]:
        """The classes that the model shares with another dataset; none on its own."""
        return () if self.is_own else tuple(entry for entry in self.stored.classes if entry.dataset_classes)

    @property
    def scored_classes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What identifies the scored classes, so that only scores in the same ones are compared; () on its own dataset.

        Each is its name, and the classes of the dataset in it.
        """
        return tuple((entry.name, entry.dataset_classes) for entry in self.shared)

    @cached_property
    def summary(self) -> dict[str, float]:
        """A value for each key of ``SUMMARY``; Dice follows from the classes where it is not stored."""
        stored = {key: _number(getattr(self.stored, key)) for key in SUMMARY}
        return stored | {"dice": float(mean_over_present(self.class_scores["dice"].to_numpy(float)))}

    @cached_property
    def subsets(self) -> dict[str, float]:
        """The means over subsets of the classes, by name."""
        return {subset: _number(value) for subset, value in self.stored.subsets.items()}

    @property
    def classes(self) -> pd.DataFrame:
        """One row per scored class: ``name, iou, pixels``; ``iou`` is ``nan`` for an absent class."""
        return self._tables.classes

    @property
    def class_scores(self) -> pd.DataFrame:
        """One row per scored class: ``name`` and the scores of ``CLASSES``; ``nan`` where undefined or not stored."""
        return self._tables.class_scores

    @property
    def confusion(self) -> NDArray[np.int64]:
        """``(S, S)`` pixels by truth (rows) and prediction (columns)."""
        return self._tables.confusion

    @property
    def counts(self) -> ImageCounts:
        """Counts image by image, for the comparison of two models."""
        return self._tables.counts

    @property
    def images(self) -> pd.DataFrame:
        """One row per image: ``id``, ``miou``, the class with the lowest IoU as ``worst``, and its ``worst_iou``."""
        return self._tables.images

    @property
    def bins(self) -> pd.DataFrame:
        """One row per bin of the confidence: ``pixels, accuracy, confidence``."""
        return self._tables.bins

    @property
    def _tables(self) -> "_Tables":
        return _tables(_Identity(self.stored))


@dataclass(frozen=True, eq=False)
class _Tables:
    """The scores as arrays and tables, which all visitors share: nobody may change them."""

    stored: SplitScores

    @cached_property
    def classes(self) -> pd.DataFrame:
        return _table(self.stored.classes, ["name", "iou", "pixels"]).astype({"iou": float})

    @cached_property
    def class_scores(self) -> pd.DataFrame:
        table = pd.DataFrame({"name": self.counts.classes, **class_scores(*self.counts.counts.sum(axis=1))})
        table["boundary_f1"] = [_number(entry.boundary_f1) for entry in self.stored.classes]
        return table[["name", *CLASSES]]

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        return np.array(self.stored.confusion, np.int64).reshape(2 * (len(self.stored.classes),))

    @cached_property
    def counts(self) -> ImageCounts:
        return ImageCounts.from_evaluation(self.stored)

    @cached_property
    def images(self) -> pd.DataFrame:
        ious = iou(*self.counts.counts)
        table = pd.DataFrame({"id": self.counts.ids, "miou": [_number(one.miou) for one in self.stored.per_image]})
        if ious.shape[1] == 0:
            return table.assign(worst="", worst_iou=math.nan)
        lowest = np.where(np.isnan(ious), np.inf, ious).argmin(axis=1)
        worst_iou = ious[range(len(ious)), lowest]
        worst = np.where(np.isnan(worst_iou), "", np.array(self.counts.classes, object)[lowest])
        return table.assign(worst=worst, worst_iou=worst_iou)

    @cached_property
    def bins(self) -> pd.DataFrame:
        return _table(self.stored.calibration, ["pixels", "accuracy", "confidence"]).astype(float)


@dataclass(frozen=True, eq=False)
class _Identity:
    """Scores as a key that is compared by identity: hashing them by their content would read every count."""

    stored: SplitScores

    def __eq__(self, other: object) -> bool:
        """Return whether both are the very same scores; a file that is parsed anew gives others."""
        return isinstance(other, _Identity) and self.stored is other.stored

    def __hash__(self) -> int:
        """Return a hash of the identity."""
        return id(self.stored)


@lru_cache(maxsize=64)
def _tables(of: _Identity) -> _Tables:
    """Return the tables of scores; the cache holds the scores, too, so that no others get their identity."""
    return _Tables(of.stored)


def read(runs: Mapping[str, Model]) -> tuple[list[Scores], list[str]]:
    """Return the scores of all models, in their order, and one sentence for each evaluation that can't be used.

    Scores of a published model that were computed here replace those it came with.
    """
    found: list[Scores] = []
    problems: list[str] = []
    for name, run in runs.items():
        usable: dict[str, Scores] = {}
        for file in dict.fromkeys([run.path / "evaluation.json", run.scores_file]):
            scores, faults = _read(name, run, file)
            usable |= scores
            problems += faults
        found += usable.values()
    return found, problems


def _read(name: str, run: Model, file: Path) -> tuple[dict[str, Scores], list[str]]:
    """Return the scores of a model in a file by their keys, and a sentence for each that can't be used."""
    came_with_it = run.published and file != run.scores_file
    content = run.evaluation_in(file)
    if isinstance(content, str):
        return {}, [f"{file}: {content}, so {name} has no scores; {_remedy(run, came_with_it)}."]
    found, problems = {}, []
    evaluation = content or Evaluation()
    for key, stored in evaluation.splits.items():
        split = key.removeprefix(f"{stored.dataset}/")
        remedy = _remedy(run, came_with_it, split, stored.dataset)
        if not stored.complete:
            problems.append(f"{file}: the scores of {key} are incomplete; {remedy}.")
        elif not came_with_it and not _of_these_weights(run, stored):
            problems.append(f"{name} has other weights now than when it was scored on {key}; {remedy}.")
        else:
            found[key] = Scores(name, run, split, stored)
    for key, fault in evaluation.faults.items():
        problems.append(f"{file}: the scores of {key} are invalid ({fault}); {_remedy(run, came_with_it)}.")
    return found, problems


def of(scores: Sequence[Scores], dataset: str, split: str) -> list[Scores]:
    """Return the scores on a split of a dataset, best mIoU first."""
    chosen = [one for one in scores if one.dataset == dataset and one.split == split]
    return sorted(chosen, key=lambda one: -one.summary["miou"] if not math.isnan(one.summary["miou"]) else 1)


def datasets(scores: Sequence[Scores]) -> dict[str, str]:
    """Return the titles of the datasets with scores, by name."""
    return dict(sorted((one.dataset, one.dataset_title) for one in scores))


def splits(scores: Sequence[Scores], dataset: str) -> list[str]:
    """Return the splits of a dataset with scores, ``val`` first."""
    names = {one.split for one in scores if one.dataset == dataset}
    return sorted(names, key=lambda name: (name != "val", name))


def by_classes(scores: Sequence[Scores]) -> dict[str, list[Scores]]:
    """Group scores on one split by the classes that were scored, all classes of the dataset first, and name the groups.

    Only scores of one group can be ranked or compared.
    """
    groups: dict[tuple[tuple[str, tuple[str, ...]], ...], list[Scores]] = {}
    for one in sorted(scores, key=lambda one: len(one.scored_classes) > 0):
        groups.setdefault(one.scored_classes, []).append(one)
    named: dict[str, list[Scores]] = {}
    for classes, members in groups.items():
        title = listed([name for name, _ in classes]) if classes else ALL_CLASSES
        number = sum(other == title or other.startswith(f"{title} (") for other in named) + 1
        named[title if number == 1 else f"{title} ({number})"] = members
    return named


def remark_on_images(scores: Sequence[Scores]) -> str:
    """Return a warning if the models were scored on different images, else an empty string."""
    by_images: dict[str, list[str]] = {}
    for one in scores:
        by_images.setdefault(one.stored.images.digest, []).append(one.name)
    if len(by_images) < 2:
        return ""
    if all(len(names) < 2 for names in by_images.values()):
        return "No two of these were scored on the same images, so their scores do not compare."
    groups = "; ".join(", ".join(names) for names in by_images.values() if len(names) > 1)
    return f"Not all were scored on the same images, so only these compare: {groups}."


def is_current(run: Model, scores: SplitScores) -> bool:
    """Return whether the scores in a model's folder belong to its present weights; checksums ensure it if published."""
    return run.published or _of_these_weights(run, scores)


def _of_these_weights(run: Model, scores: SplitScores) -> bool:
    return scores.weights == run.digest_if_ready()


def _remedy(run: Model, came_with_it: bool, split: str = "val", dataset: str = "") -> str:
    if came_with_it:
        return "restore the file from the repository"
    return f"score it again with: {cli_commands.evaluate(run, split, dataset)}"


def _table(rows: Sequence[BaseModel], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame([vars(row) for row in rows], columns=columns)


def _number(value: float | None) -> float:
    return math.nan if value is None else value
