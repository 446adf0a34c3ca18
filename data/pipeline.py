"""Training samples by index: decoded, augmented and scaled, as numpy arrays for any backend."""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.schema import Data
from data.augment import augment
from data.copy_paste import Sources, paste
from data.geometry import Letterbox, image_to_network, letterbox, mask_to_network
from data.label_space import IGNORE, LabelSpace


class LabelledImage(Protocol):
    """An image and its mask, such as ``data.store.Sample``."""

    @property
    def image(self) -> NDArray[np.uint8]:
        """``(H, W, 3)`` RGB, upright."""

    @property
    def mask(self) -> NDArray[np.uint8]:
        """``(H, W)`` ids of the label space."""


class LabelledImages(Protocol):
    """Labelled images by index, such as ``data.store.Samples``."""

    @property
    def label_space(self) -> LabelSpace:
        """Meaning of the ids in the masks."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> LabelledImage: ...

    def class_pixels(self) -> NDArray[np.int64]:
        """Return the pixels of each class in each mask, ``(N, C)``."""


def network_input(image: NDArray[np.uint8], input_range: tuple[float, float]) -> NDArray[np.float32]:
    """Scale the pixel values of ``(h, w, 3)`` RGB so that 0 and 255 become ``input_range``, such as ``(-1, 1)``."""
    table = np.linspace(input_range[0], input_range[1], 256).astype(np.float32)
    return np.asarray(cv2.LUT(image, table), np.float32)


class TrainingSamples:
    """The network's input and target for each sample.

    A sample depends only on the seed, the epoch and its index, never on the order of the calls or the thread; several
    threads may call ``get`` at once.
    """

    def __init__(self, samples: LabelledImages, data: Data, seed: int, *, train: bool) -> None:
        """Prepare ``samples`` of any size; without ``train`` they are only resized, not augmented.

        Raises ``ConfigError`` if classes are to be pasted that the samples do not have.
        """
        self.samples = samples
        self.data = data
        self.seed = seed
        self.train = train
        pasted = data.augment.copy_paste if train else None
        self._sources = Sources(samples, pasted) if pasted else None
        self._target = np.arange(256, dtype=np.uint8)
        if samples.label_space.void is not None:
            self._target[samples.label_space.void] = IGNORE

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.samples)

    def get(self, index: int, epoch: int, copy: int = 0) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return input and target of one sample; ``epoch`` and ``copy`` select the variation if ``train``.

        ``copy`` tells how often the sample has come in this epoch before.

        Returns:
            Image ``(h, w, 3)`` RGB in ``data.input_range`` and mask ``(h, w)``: the label ids, ``IGNORE`` where a pixel
            is void or padding.
        """
        sample = self.samples[index]
        box = letterbox(sample.mask.shape, self.data.image_size, self.data.resize)
        if self.train:
            again = [copy] if copy else []  # the first time, it is varied as if it came only once
            image, mask = self._augmented(sample, box, np.random.default_rng([self.seed, epoch, index, *again]))
        else:
            image, mask = image_to_network(sample.image, box), mask_to_network(sample.mask, box)
        return network_input(image, self.data.input_range), np.take(self._target, mask)

    def _augmented(
        self, sample: LabelledImage, box: Letterbox, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Augment a sample, and perhaps paste an object of another one, which is augmented, too."""
        image, mask = augment(sample.image, sample.mask, self.data.augment, box, rng)
        chosen = self._sources.draw(rng) if self._sources else None
        if chosen is None:
            return image, mask
        index, class_id = chosen
        source = self.samples[index]
        source_box = letterbox(source.mask.shape, self.data.image_size, self.data.resize)
        return paste(image, mask, *augment(source.image, source.mask, self.data.augment, source_box, rng), class_id)
