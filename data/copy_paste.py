"""Pastes objects of rare classes from one training image into another.

Ghiasi et al. 2021, "Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation",
https://arxiv.org/abs/2012.07177. Masks of classes have no instances, so all of a class in an image is pasted.
"""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.errors import ConfigError
from configs.schema import CopyPaste
from data.label_space import LabelSpace

SMALLEST_SHARE = 0.005
"""Least share of an image's pixels that a class must have there to be pasted from it."""
SOFT_EDGE = 1.0
"""Standard deviation of the blur of an object's edge, in pixels."""


class CountedImages(Protocol):
    """Labelled images whose class pixels are counted, such as ``data.store.Samples``."""

    @property
    def label_space(self) -> LabelSpace:
        """Meaning of the ids in the masks."""

    def class_pixels(self) -> NDArray[np.int64]:
        """Return the pixels of each class in each mask, ``(N, C)``."""


class Sources:
    """The images from which each class can be pasted."""

    def __init__(self, samples: CountedImages, settings: CopyPaste) -> None:
        """Find them. Raises ``ConfigError`` if the dataset has no such class, or no image shows it well."""
        names, pixels = samples.label_space.names, samples.class_pixels()
        self.probability = settings.probability
        self.by_class: dict[int, NDArray[np.intp]] = {}
        for name in settings.classes:
            if name not in names:
                raise ConfigError(f"data.augment.copy_paste.classes: must be among {', '.join(names)}, not {name!r}")
            class_id = names.index(name)
            shown = np.flatnonzero(pixels[:, class_id] >= SMALLEST_SHARE * pixels.sum(axis=1))
            if not len(shown):
                raise ConfigError(f"data.augment.copy_paste.classes: no training image shows {name!r}; leave it out")
            self.by_class[class_id] = shown

    def draw(self, rng: np.random.Generator) -> tuple[int, int] | None:
        """Draw what an image gets: the index of another one and a class id, each class being as likely; or nothing."""
        wanted, which_class, which_image = rng.random(3).tolist()
        if wanted >= self.probability:
            return None
        class_id = list(self.by_class)[int(which_class * len(self.by_class))]
        shown = self.by_class[class_id]
        return int(shown[int(which_image * len(shown))]), class_id


def paste(
    image: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    source_image: NDArray[np.uint8],
    source_mask: NDArray[np.uint8],
    class_id: int,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Paste all pixels of a class of a source into an image ``(h, w, 3)`` and its mask ``(h, w)``, with a soft edge.

    All have the network's size. Returns a new image, and a new mask with the class exactly where the source has it.
    """
    region = source_mask == class_id
    weight = cv2.GaussianBlur(region.astype(np.float32), (0, 0), SOFT_EDGE)
    blended = cv2.blendLinear(source_image, image, weight, 1 - weight)
    return np.asarray(blended, np.uint8), np.where(region, np.uint8(class_id), mask)
