"""What a model is scored on: its own dataset, or another in the classes that both distinguish."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data import colours, datasets
from data.dataset import Dataset
from data.label_maps import label_histogram
from data.label_space import IGNORE, LabelSpace
from data.shared_classes import SharedClass, shared_classes
from models.runs.model import Model

OTHER = "other classes of the model"
"""What a prediction counts as, on another dataset, that no shared class contains: always wrong."""


@dataclass(frozen=True)
class Target:
    """A dataset to score a model on, and the classes to score.

    ``shared`` are the shared classes of the model, first, and the dataset, second; None for the model's own dataset.
    """

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
        """Translate true and predicted ids, both ``(H, W)``, to the scored classes; truth without one is ignored."""
        if self.shared is None:
            return truth, predicted
        of_truth = np.full(256, IGNORE, np.uint8)
        of_prediction = np.full(256, len(self.shared), np.uint8)
        for index, one in enumerate(self.shared):
            of_truth[list(one.second)] = index
            of_prediction[list(one.first)] = index
        return of_truth[truth], of_prediction[predicted]

    def labelled(self, truth: NDArray[np.uint8]) -> int:
        """Return how many pixels of a mask ``(H, W)`` have a scored class of the dataset."""
        return int(label_histogram(truth)[list(self.dataset.label_space.scored)].sum())


def target_of(model: Model, dataset: str | None) -> Target:
    """Return what to score a model on; ``dataset`` is the name of another dataset than its own, or None.

    Raises ``UserError`` if there is no such dataset, none to score it on, or no two classes in common with it.
    """
    if dataset is None or dataset == model.dataset.name:
        if model.dataset.name not in datasets.names():
            known = ", ".join(datasets.names())
            raise UserError(f"{model.name} has classes of its own; say with --dataset what to score it on: {known}")
        return Target(model.dataset)
    other = datasets.get(dataset)
    shared = shared_classes(model.dataset, other)
    if not shared:
        mine, theirs = (", ".join(one.label_space.names[:8]) for one in (model.dataset, other))
        raise UserError(
            f"{model.name} and {other.title} have no two classes in common: {mine} against {theirs}; "
            "name what its classes mean under classes.concepts of its model.yaml"
        )
    return Target(other, shared)
