"""Loads batches for Keras in threads while the network computes."""

import keras
import numpy as np
from numpy.typing import NDArray

from data.pipeline import TrainingSamples
from train import sampling

WORKERS = 2
"""Threads that prepare batches. OpenCV and Pillow release Python's lock, so two keep up with the fastest network."""


class Batches(keras.utils.PyDataset):
    """One epoch of batches, in an order that depends only on the seed and the epoch, counted from 1.

    The epoch also determines every sample's augmentation. Without a seed, the samples keep their order, and the last
    batch may be smaller. ``factors`` are how often each sample comes on average, once without them.
    """

    def __init__(
        self,
        samples: TrainingSamples,
        batch_size: int,
        epoch: int,
        seed: int | None,
        factors: NDArray[np.float64] | None = None,
    ) -> None:
        super().__init__(workers=WORKERS, use_multiprocessing=False, max_queue_size=6)
        self.samples = samples
        self.epoch = epoch
        self.batch_size = min(batch_size, len(samples))
        self.order = np.arange(len(samples))
        self.batches = -(-len(samples) // self.batch_size)
        if seed is not None:
            rng = np.random.default_rng((seed, epoch))
            chosen = self.order if factors is None else sampling.epoch(factors, rng)
            self.order = rng.permutation(chosen)
            self.batches = (
                len(self.order) // self.batch_size
            )  # drops the remainder, so that every step has the same shape

    def __len__(self) -> int:
        """Return the number of batches."""
        return self.batches

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return batch ``index``: images ``(N, H, W, 3)``, labels ``(N, H, W)`` with ``IGNORE`` for unscored pixels."""
        batch = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        images, masks = zip(*(self.samples.get(int(sample), self.epoch) for sample in batch), strict=True)
        return np.stack(images), np.stack(masks)
