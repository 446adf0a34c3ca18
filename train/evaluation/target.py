"""What a model is scored on: its own dataset, or another in the classes that both distinguish."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data import class_map, colours, datasets
from data.dataset import Dataset
from data.label_maps import label_histogram
from data.label_space import IGNORE, LabelSpace
from data.shared_classes import SharedClass, shared_classes, translation
from models.runs.evaluation import ClassScores
from models.runs.model import Model

OTHER = "other classes of the model"
"""What a prediction counts as, on another dataset, that no shared class contains: always wrong."""


@dataclass(frozen=True)
class Target:
    """A dataset to score a model on, and the classes to score.

    Attributes:
        model_space: The classes that the model predicts.
        dataset: The dataset.
        shared: The shared classes of the model, first, and the dataset, second; None for the model's own dataset.
    """

    model_space: LabelSpace
    dataset: Dataset
    shared: tuple[SharedClass, ...] | None = None

    @property
    def is_own(self) -> bool:
        """Whether the model predicts the classes of the dataset itself."""
        return self.shared is None

    def key(self, split: str) -> str:
        """Return the key of a split in ``evaluation.json``."""
        return split if self.is_own else f"{self.dataset.name}/{split}"

    @cached_property
    def label_space(self) -> LabelSpace:
        """The classes that are scored."""
        if self.shared is None:
            return self.dataset.label_space
        names = (*(one.name for one in self.shared), OTHER)
        return LabelSpace(names, tuple(colours.distinct(len(names))))

    def translate(
        self, truth: NDArray[np.uint8], predicted: NDArray[np.uint8]
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Translate true and predicted ids, both ``(H, W)``, to the scored classes; truth without one is ignored.

        Labels are translated, not scores: the scores of classes that become one are not added up before the choice, so
        the mask that is scored is the one that is shown, also for models that give labels only.
        """
        if self.shared is None:
            return truth, predicted
        of_truth = translation([one.second for one in self.shared], IGNORE)
        of_prediction = translation([one.first for one in self.shared], len(self.shared))
        return of_truth[truth], of_prediction[predicted]

    def described(self, classes: Sequence[ClassScores]) -> tuple[ClassScores, ...]:
        """Add to the scores of the shared classes which classes of the model and of the dataset each consists of."""
        if self.shared is None:
            return tuple(classes)
        mine, theirs = self.model_space.names, self.dataset.label_space.names
        names = [
            {
                "model_classes": tuple(mine[class_id] for class_id in one.first),
                "dataset_classes": tuple(theirs[class_id] for class_id in one.second),
            }
            for one in self.shared
        ]
        return tuple(entry.model_copy(update=more) for entry, more in zip(classes, [*names, {}], strict=True))

    def labelled(self, truth: NDArray[np.uint8]) -> int:
        """Return how many pixels of a mask ``(H, W)`` have a scored class of the dataset."""
        return int(label_histogram(truth)[list(self.dataset.label_space.scored)].sum())


def target_of(model: Model, dataset: str | None, class_file: Path | None = None) -> Target:
    """Return what to score a model on.

    Args:
        model: The model.
        dataset: Name of another dataset than the model's own, or None.
        class_file: A file for ``data.class_map`` that says what the model's classes mean there.

    Raises:
        UserError: If there is no such dataset, none to score it on, no two classes in common with it, or the file is
            not valid.
    """
    if dataset is None or dataset == model.dataset.name:
        if model.dataset.name not in datasets.names():
            known = ", ".join(datasets.names())
            raise UserError(f"{model.name} has classes of its own; say with --dataset what to score it on: {known}")
        if class_file is not None:
            raise UserError(
                f"--classes-map {class_file}: {model.name} predicts the classes of {model.dataset.name} themselves; "
                "name another dataset with --dataset"
            )
        return Target(model.label_space, model.dataset)
    other = datasets.get(dataset)
    meanings = class_map.load(class_file, model.dataset, other) if class_file else {}
    shared = shared_classes(model.dataset, other, meanings=meanings)
    if not shared:
        mine, theirs = (", ".join(one.label_space.names[:8]) for one in (model.dataset, other))
        raise UserError(
            f"{model.name} and {other.title} have no two classes in common: {mine} against {theirs}; "
            "say what its classes mean in a file for --classes-map"
        )
    return Target(model.label_space, other, shared)
