"""The label maps of two models that were scored on the same images in the same classes."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.label_maps import resize_nearest
from data.label_space import LabelSpace
from data.store import Sample, Samples
from models.analysis.disagreement import Answers
from models.analysis.saved_predictions import SavedPredictions
from pages.evaluation.extreme_images import Translation, open_scored
from pages.shared.content import loaded_models, predictions, saved
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import dataset_picture
from pages.shared.content.scores import Scores


@dataclass(frozen=True)
class ModelMaps:
    """The label maps of one model: those that its evaluation saved, or else predicted when they are asked for."""

    scores: Scores
    saved: SavedPredictions | None

    @cached_property
    def key(self) -> Hashable:
        """What identifies the label maps in caches."""
        if self.saved is not None:
            return self.saved.state
        classes = tuple((entry.name, entry.model_classes) for entry in self.scores.shared)
        return loaded_models.weights_digest(self.scores.run), str(self.scores.run.path), classes

    def labels(self, image_id: str, shape: tuple[int, int]) -> NDArray[np.uint8]:
        """Return the label map of an image, of the ``shape`` of its mask: ids of the scored classes.

        Raises ``UserError`` if the saved one is damaged or has another shape, or the model cannot predict.
        """
        if self.saved is not None:
            return self.saved.labels(self._positions[image_id], shape)
        item = DatasetItem(self.scores.dataset, self.scores.split, image_id)
        predicted = predictions.predict(dataset_picture(item), self.scores.run).labels
        return self.translation.predicted[resize_nearest(predicted, *shape)]

    @cached_property
    def translation(self) -> Translation:
        """How ids become those of the scored classes."""
        return Translation.of(self.scores)

    @cached_property
    def _positions(self) -> dict[str, int]:
        assert self.saved is not None
        return {image_id: index for index, image_id in enumerate(self.saved.ids)}


@dataclass(frozen=True)
class Pair:
    """Two models, and the images that both were scored on."""

    a: ModelMaps
    b: ModelMaps
    samples: Samples

    @classmethod
    def of(cls, a: Scores, b: Scores) -> "Pair":
        """Open the images and the saved label maps. Raises ``UserError`` if the images are not here."""
        samples = open_scored(a)
        return cls(ModelMaps(a, saved.predictions_of(a)), ModelMaps(b, saved.predictions_of(b)), samples)

    @property
    def is_saved(self) -> bool:
        """Whether the label maps of both were saved."""
        return self.a.saved is not None and self.b.saved is not None

    @cached_property
    def key(self) -> Hashable:
        """What identifies the label maps and the truth in caches."""
        return self.a.key, self.b.key, self.a.scores.scored_classes, str(self.samples.directory), self.samples.split

    @property
    def space(self) -> LabelSpace:
        """The scored classes."""
        return self.a.translation.space

    def sample(self, image_id: str) -> Sample:
        """Return the photograph with its mask."""
        return self.samples[self._positions[image_id]]

    def answers(self, image_id: str) -> Answers:
        """Return the truth and what both models say. Raises ``UserError`` as ``ModelMaps.labels``."""
        mask = self.samples.mask(self._positions[image_id])
        size = (mask.shape[0], mask.shape[1])
        a, b = (maps.labels(image_id, size) for maps in (self.a, self.b))
        return Answers(image_id, self.a.translation.truth[mask], a, b)

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {image_id: index for index, image_id in enumerate(self.samples.ids)}
