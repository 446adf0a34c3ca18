"""Loads batches for Keras in threads while the network computes."""

import keras
import numpy as np
from numpy.typing import NDArray

from data.label_space import IGNORE
from data.pipeline import TrainingSamples
from train import sampling
from train.distribution.team import Share

WORKERS = 2
"""Threads that prepare batches. OpenCV and Pillow release Python's lock, so two keep up with the fastest network."""


class Batches(keras.utils.PyDataset):
    """One epoch of batches, in an order that depends only on the seed and the epoch, counted from 1.

    The epoch also determines every sample's augmentation; one that comes again in an epoch is varied anew. Without a
    seed, the samples keep their order, and the last batch may be smaller. ``factors`` are how often each sample comes
    on average, once without them.

    On several processes, each reads its share of every batch. A last batch that their devices can't share evenly is
    filled up with images without a label.
    """

    def __init__(
        self,
        samples: TrainingSamples,
        batch_size: int,
        epoch: int,
        seed: int | None,
        share: Share | None = None,
        factors: NDArray[np.float64] | None = None,
    ) -> None:
        super().__init__(workers=WORKERS, use_multiprocessing=False, max_queue_size=6)
        self.samples = samples
        self.share = share or Share()
        self.epoch = epoch
        self.batch_size = min(batch_size, len(samples))
        self.order = np.arange(len(samples))
        self.copies = np.zeros(len(samples), np.intp)
        self.batches = -(-len(samples) // self.batch_size)
        if seed is not None:
            rng = np.random.default_rng((seed, epoch))
            chosen = self.order if factors is None else sampling.epoch(factors, rng)
            places = rng.permutation(len(chosen))
            self.order, self.copies = chosen[places], sampling.occurrences(chosen)[places]
            # Drops the remainder, so that every step has the same shape.
            self.batches = len(self.order) // self.batch_size

    def __len__(self) -> int:
        """Return the number of batches."""
        return self.batches

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Return this process's share of batch ``index``.

        Images ``(N, H, W, 3)``, labels ``(N, H, W)`` with ``IGNORE`` for unscored pixels.
        """
        part = slice(index * self.batch_size, (index + 1) * self.batch_size)
        batch = list(zip(self.order[part].tolist(), self.copies[part].tolist(), strict=True))
        size = self.share.padded(len(batch))
        own = range(size)[self.share.of(size)]
        images, masks = zip(
            *(
                self.samples.get(batch[row][0], self.epoch, batch[row][1]) if row < len(batch) else self._blank()
                for row in own
            ),
            strict=True,
        )
        return np.stack(images), np.stack(masks)

    def mean_without_padding(self, before_last: float, mean: float) -> float:
        """Return the mean of a value over all images, of a value that Keras has averaged over the filled up batches.

        ``before_last`` is Keras's mean without the last batch, ``mean`` that of all of them.
        """
        rows = len(self.order) - (self.batches - 1) * self.batch_size  # in the last batch, the only one to be filled up
        filled = self.share.padded(rows)
        if filled == rows:
            return mean
        earlier = len(self.order) - rows
        last = mean * (earlier + filled) - before_last * earlier  # the sum over the rows of the last batch
        return (before_last * earlier + last * rows / filled) / len(self.order)

    def _blank(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        size = self.samples.data.image_size
        return np.zeros((*size, 3), np.float32), np.full(size, IGNORE, np.uint8)
