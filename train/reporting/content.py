"""What a report says: the scores of models on one split, with intervals, and which of them is better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from configs import column_names, paths
from configs.errors import UserError
from data import datasets
from data.dataset import Dataset
from models.inference import benchmarks
from models.inference.benchmarks import Latencies
from models.metrics.bootstrap import ClassDifferences, ImageCounts, miou_interval, paired_bootstrap_by_class
from models.metrics.definitions import ERRORS, SUMMARY
from models.metrics.segmentation import class_scores, iou
from models.metrics.significance import Significance
from models.runs.evaluation import ClassScores, Evaluation, SplitScores
from models.runs.model import Model
from models.runs.run import Run

SHARE, SIZE, TIME, DIFFERENCE = "Share of the truth", "Size (MB)", "Time (ms)", "Difference of IoU"
"""Columns whose numbers have a format of their own, in whichever table."""
LOW, HIGH = "mIoU from", "mIoU to"


@dataclass(frozen=True)
class Entry:
    """A model and its scores on the split of the report.

    Attributes:
        model: The model.
        name: Its name in the report, unique there.
        scores: The scores.
        milliseconds: Median time of the network for one picture on ``Report.speeds.machine``; None if not measured.
    """

    model: Model
    name: str
    scores: SplitScores
    milliseconds: float | None = None

    @cached_property
    def counts(self) -> ImageCounts:
        """The counts of each picture."""
        return ImageCounts.from_evaluation(self.scores)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mIoU. Raises ``UserError`` if no picture shows a scored class."""
        return miou_interval(self.counts)

    @cached_property
    def classes(self) -> pd.DataFrame:
        """One row per class, from 0 to 1: ``name``, the scores of ``CLASSES``, ``pixels``; ``nan`` where undefined."""
        tp, fp, fn = self.counts.counts.sum(axis=1)
        table = pd.DataFrame({"name": self.counts.classes, **class_scores(tp, fp, fn), "pixels": tp + fn})
        outlines = [np.nan if one.boundary_f1 is None else one.boundary_f1 for one in self.scores.classes]
        return table.assign(boundary_f1=outlines)

    @cached_property
    def lost(self) -> pd.DataFrame:
        """One row per class: what each kind of errors takes from its IoU; empty if they were not counted."""
        rows = [
            {
                "Class": one.name,
                **{title: one.lost[kind] for kind, (title, _) in ERRORS.items()},
                "Confused with": one.errors.partner,
            }
            for one in self.scores.classes
            if one.errors and one.lost
        ]
        return pd.DataFrame(rows)

    @cached_property
    def images(self) -> pd.DataFrame:
        """One row per picture with a mIoU, worst first: ``id, miou, worst`` (the class with the lowest IoU)."""
        rows = []
        for image, ious in zip(self.scores.per_image, iou(*self.counts.counts), strict=True):
            if image.miou is not None and not np.isnan(ious).all():
                rows.append((image.id, image.miou, self.counts.classes[int(np.nanargmin(ious))]))
        return pd.DataFrame(rows, columns=["id", "miou", "worst"]).sort_values("miou", kind="stable")

    @property
    def settings(self) -> dict[str, Any]:
        """How the model was made, for a table."""
        size = self.model.input_size
        found: dict[str, Any] = {"Network": self.model.network, "Input": f"{size[1]}x{size[0]}" if size else None}
        if isinstance(self.model, Run):
            train = self.model.experiment.train
            found |= {
                "Resize": self.model.resize,
                "Epochs": train.epochs,
                "Batch": train.batch_size,
                "Learning rate": f"{train.learning_rate:g}",
                "Schedule": train.schedule.kind,
                "Seed": train.seed,
                "Precision of the training": train.precision,
            }
        return found | {"Scored by": self.scores.engine, "Scored on": self.scores.date[:10]}


@dataclass(frozen=True)
class Report:
    """Models scored on the same classes of one split, best mIoU first."""

    dataset: Dataset
    split: str
    entries: tuple[Entry, ...]
    question: str
    speeds: Latencies = field(default_factory=Latencies)

    @property
    def best(self) -> Entry:
        """The model with the highest mIoU."""
        return self.entries[0]

    @cached_property
    def against_best(self) -> dict[str, Significance | str]:
        """The comparison of the best model with each other one, by its name, or why they can't be compared."""
        found: dict[str, Significance | str] = {}
        for entry in self.entries[1:]:
            try:
                found[entry.name] = Significance.of(self.best.counts, entry.counts)
            except UserError as error:
                found[entry.name] = str(error)
        return found

    @property
    def sentences(self) -> list[str]:
        """The answer to the question: one sentence for the best model, and one for each of the others."""
        low, high = self.best.interval
        interval = f"95 % interval {low:.3f} to {high:.3f}"
        first = f"{self.best.name} has the highest mIoU: {self.best.scores.miou:.3f}, {interval}."
        return [first] + [
            result.sentence(self.best.name, name)
            if isinstance(result, Significance)
            else f"{self.best.name} and {name} cannot be compared: {result}."
            for name, result in self.against_best.items()
        ]

    @cached_property
    def by_class(self) -> ClassDifferences | None:
        """The comparison of the two best models in every class; None if there is no second or they don't compare."""
        if len(self.entries) < 2 or isinstance(self.against_best[self.entries[1].name], str):
            return None
        return paired_bootstrap_by_class(self.best.counts, self.entries[1].counts)

    def leaderboard(self) -> pd.DataFrame:
        """Return one row per model: scores, interval, size and speed."""
        rows = []
        for entry in self.entries:
            low, high = entry.interval
            row: dict[str, Any] = {"Model": entry.name}
            for key, (title, _) in SUMMARY.items():
                row[title] = getattr(entry.scores, key)
                if key == "miou":
                    row |= {LOW: low, HIGH: high}
                    subsets = entry.scores.subsets
                    titles = column_names.apart([f"mIoU {name}" for name in subsets], (LOW, HIGH), "subset")
                    row |= dict(zip(titles, subsets.values(), strict=True))
            size = entry.model.size_bytes()
            row |= {
                "Pictures": entry.scores.images.count,
                "Parameters": entry.model.parameters(),
                SIZE: size and size / 1e6,
                TIME: entry.milliseconds,
            }
            rows.append(row)
        return pd.DataFrame(rows)

    def class_columns(self) -> list[str]:
        """Return the columns of the models in ``class_table``: their names, set apart from the table's own columns."""
        return column_names.apart([entry.name for entry in self.entries], ("Class", SHARE, SIZE, TIME, DIFFERENCE))

    def class_table(self) -> pd.DataFrame:
        """Return one row per class: its share of the truth, and the IoU of every model."""
        pixels = self.best.classes["pixels"]
        table = pd.DataFrame({"Class": self.best.classes["name"], SHARE: pixels / max(pixels.sum(), 1)})
        for title, entry in zip(self.class_columns(), self.entries, strict=True):
            table[title] = entry.classes["iou"]
        return table

    def histories(self) -> dict[str, pd.DataFrame]:
        """Return the training histories of the models that have one, by name: ``epoch``, ``val_miou``, ``val_loss``."""
        runs = {entry.name: entry.model for entry in self.entries if isinstance(entry.model, Run)}
        return {name: history for name, run in runs.items() if not (history := run.history()).empty}


def collect(models: Sequence[Model], dataset: str | None, split: str, question: str = "") -> Report:
    """Collect the scores of models on a split of a dataset; by default that of the first model.

    Raises:
        UserError: If a model has no valid scores there, or the models were scored in different classes.
    """
    about = datasets.get(dataset) if dataset and dataset != models[0].dataset.name else models[0].dataset
    speeds = benchmarks.read(benchmarks.file())
    if not speeds.milliseconds:
        speeds = benchmarks.read(paths.zoo_dir() / "benchmark.json")
    entries = [
        Entry(model, name, _scores(model, about.name, split), speeds.of(model))
        for name, model in _names(models).items()
    ]
    classes = [(one.name, one.dataset_classes) for one in entries[0].scores.classes]
    for entry in entries:
        if [(one.name, one.dataset_classes) for one in entry.scores.classes] != classes:
            raise UserError(
                f"{entry.name} was scored on {about.title} in other classes ({_listed(entry.scores.classes)}) than "
                f"{entries[0].name} ({_listed(entries[0].scores.classes)}); a report needs models with the same ones"
            )
        if entry.scores.miou is None:
            raise UserError(f"{entry.name} has no mIoU on {split} of {about.title}: no picture shows a scored class")
    entries.sort(key=lambda entry: -(entry.scores.miou or 0))
    names = [entry.name for entry in entries]
    asked = (
        f"Which of {', '.join(names[:-1])} and {names[-1]} is better" if len(names) > 1 else f"How good is {names[0]}"
    )
    return Report(about, split, tuple(entries), question or f"{asked} on {about.title}?", speeds)


def _names(models: Sequence[Model]) -> Mapping[str, Model]:
    """Return the models by names that differ: their own, with the folder where two have the same one."""
    names = [model.name for model in models]
    return {
        model.name if names.count(model.name) == 1 else f"{model.name} ({model.path.parent})": model for model in models
    }


def _scores(model: Model, dataset: str, split: str) -> SplitScores:
    """Return a model's scores: those computed here, or else those it came with. Raises ``UserError`` without any."""
    key = split if dataset == model.dataset.name else f"{dataset}/{split}"
    for file in dict.fromkeys([model.scores_file, model.path / "evaluation.json"]):
        found = _in_file(model, file, key)
        if found is not None:
            return found
    options = "" if model.precision is None else f" --precision {model.precision}"
    options += f" --dataset {dataset}" if dataset != model.dataset.name else ""
    raise UserError(
        f"{model.name} has no scores on {key} for its present weights; score it first: "
        f"python -m train.evaluate {model.path.name}{options} --split {split}"
    )


def _in_file(model: Model, file: Path, key: str) -> SplitScores | None:
    content = model.evaluation_in(file)
    found = content.splits.get(key) if isinstance(content, Evaluation) else None
    if found is None or not found.complete:
        return None
    came_with_it = model.published and file != model.scores_file
    return found if came_with_it or found.weights == model.digest() else None


def _listed(classes: Sequence[ClassScores]) -> str:
    names = [one.name for one in classes]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
