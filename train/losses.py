"""Losses and training metrics over the scored pixels of a batch, computed from probabilities.

Pixels labelled ``IGNORE`` or void are left out, and so is the probability of a void class: those of the scored classes
are renormalised, so that the void class is not trained.
"""

import keras
import numpy as np
from keras import KerasTensor as Tensor
from keras import ops
from numpy.typing import NDArray

from configs.schema import Loss
from data.label_space import LabelSpace

SMALLEST = 1e-7
"""Lower bound on probabilities before a logarithm or a division."""


def class_weights(pixels: NDArray[np.float64], power: float) -> NDArray[np.float32]:
    """Return the weight of each class in the cross-entropy, ``(C,)``, from its training pixels, ``(C,)``.

    The mean over the pixels is 1, as is the weight of a class without pixels. With ``power`` 0 all classes have the
    same weight, with 1 the same total weight.
    """
    present = pixels > 0
    weights = np.ones_like(pixels)
    if present.any():
        weights[present] = pixels[present] ** -power
        weights[present] /= np.average(weights[present], weights=pixels[present])
    return weights.astype(np.float32)


class SegmentationLoss(keras.losses.Loss):
    """The weighted sum of losses that ``train.loss`` defines; ``pixels``: training pixels of each class, ``(C,)``."""

    def __init__(self, config: Loss, label_space: LabelSpace, pixels: NDArray[np.float64]) -> None:
        super().__init__(reduction=None, name="loss", dtype="float32")
        self.config = config
        self.scored = list(label_space.scored)
        # Maps a label to its index among the scored classes, and any other label to -1.
        self.scored_index = np.full(256, -1, np.int32)
        self.scored_index[self.scored] = np.arange(len(self.scored))
        self.weights = np.zeros(256, np.float32)  # by label
        self.weights[self.scored] = class_weights(pixels[self.scored], config.class_weight_power)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss as a scalar for integer labels ``(N, H, W)`` and float32 probabilities ``(N, H, W, C)``."""
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))  # (P,)
        index = ops.take(self.scored_index, labels)  # (P,)
        truth = ops.one_hot(index, len(self.scored), dtype="float32")  # (P, S), all zero where not scored
        valid = ops.cast(index >= 0, "float32")  # (P,)
        scores = ops.reshape(y_pred, (-1, y_pred.shape[-1]))
        if len(self.scored) < y_pred.shape[-1]:
            scores = _columns(scores, self.scored)
            total = ops.maximum(ops.sum(scores, axis=1), SMALLEST)  # (P,), all but the void class
        else:
            total = ops.ones_like(valid)
        # (P, S) is by far the largest array of a training step, so passes over it are few.
        right = ops.sum(truth * scores, axis=1) / total  # (P,), the probability of the true class
        loss = ops.zeros((), "float32")
        if self.config.cross_entropy:
            loss += self.config.cross_entropy * self._cross_entropy(labels, right, scores, total)
        if self.config.dice:
            loss += self.config.dice * dice(truth, valid, right, scores, total)
        if self.config.lovasz:
            loss += self.config.lovasz * lovasz_softmax(truth, valid, scores / total[:, None])
        return loss

    def _cross_entropy(self, labels: Tensor, right: Tensor, scores: Tensor, total: Tensor) -> Tensor:
        """Weighted, focal, smoothed cross-entropy; scores ``(P, S)``, the others ``(P,)``."""
        smoothing = self.config.label_smoothing
        loss = -(1 - smoothing) * _logarithm(right)
        if smoothing:
            loss -= smoothing * ops.mean(_logarithm(scores / total[:, None]), axis=1)
        if self.config.focal_gamma:
            loss = loss * ops.power(ops.maximum(1 - right, SMALLEST), self.config.focal_gamma)
        weight = ops.take(self.weights, labels)
        return ops.sum(loss * weight) / ops.maximum(ops.sum(weight), 1.0)


def _columns(array: Tensor, indices: list[int]) -> Tensor:
    """Return columns of ``(P, C)``; contiguous ones by a slice, which is faster than gathering."""
    first, last = indices[0], indices[-1]
    if indices == list(range(first, last + 1)):
        return array[:, first : last + 1]
    return ops.take(array, np.array(indices), axis=1)


def _logarithm(probabilities: Tensor) -> Tensor:
    return ops.log(ops.clip(probabilities, SMALLEST, 1.0))


def dice(truth: Tensor, valid: Tensor, right: Tensor, scores: Tensor, total: Tensor) -> Tensor:
    """Return 1 minus the soft Dice coefficient, averaged over the classes in the batch.

    Args:
        truth: One-hot labels ``(P, S)``; all zero for a pixel that is not scored.
        valid: 1 for a scored pixel, else 0, ``(P,)``.
        right: Probability of the true class ``(P,)``.
        scores: Probabilities ``(P, S)``, up to the factor ``total``.
        total: The sum of each pixel's scores ``(P,)``.

    Source: Milletari, Navab, Ahmadi 2016, https://arxiv.org/abs/1606.04797, section 3.
    """
    pixels = ops.sum(truth, axis=0)
    overlap = ops.matmul(right[None], truth)[0]
    predicted = ops.matmul((valid / total)[None], scores)[0]
    coefficient = 2 * overlap / ops.maximum(pixels + predicted, SMALLEST)
    present = ops.cast(pixels > 0, "float32")
    return ops.sum((1 - coefficient) * present) / ops.maximum(ops.sum(present), 1.0)


def lovasz_softmax(truth: Tensor, valid: Tensor, scores: Tensor) -> Tensor:
    """Return the Lovasz-Softmax loss, averaged over the classes in the batch.

    ``truth`` and ``valid`` are as in ``dice``; ``scores`` are probabilities ``(P, S)``.

    Source: Berman, Triki, Blaschko 2018, https://arxiv.org/abs/1705.08790, algorithm 1.
    """
    errors = ops.transpose(ops.abs(truth - scores) * valid[:, None])  # (S, P)
    labels = ops.transpose(truth)
    order = ops.argsort(-errors, axis=1)
    errors = ops.take_along_axis(errors, order, axis=1)
    labels = ops.take_along_axis(labels, order, axis=1)
    pixels = ops.sum(labels, axis=1, keepdims=True)
    intersection = pixels - ops.cumsum(labels, axis=1)
    union = pixels + ops.cumsum(1 - labels, axis=1)
    jaccard = 1 - intersection / ops.maximum(union, 1.0)
    steps = ops.concatenate([jaccard[:, :1], jaccard[:, 1:] - jaccard[:, :-1]], axis=1)
    per_class = ops.sum(errors * ops.stop_gradient(steps), axis=1)  # (S,)
    present = ops.cast(pixels[:, 0] > 0, "float32")
    return ops.sum(per_class * present) / ops.maximum(ops.sum(present), 1.0)


class SegmentationMetrics(keras.metrics.Metric):
    """Pixel accuracy and mIoU over the scored pixels so far, at the network's resolution.

    Both come from one confusion matrix. mIoU averages over the scored classes in the labels, as everywhere in SegDeck.
    """

    def __init__(self, label_space: LabelSpace) -> None:
        super().__init__(name="segmentation_metrics", dtype="float32")
        self.classes = len(label_space)
        self.scored = list(label_space.scored)
        self.scored_only = np.isin(np.arange(self.classes), self.scored).astype("float32")
        # int32 would overflow within one epoch of a large dataset; the rounding of float32 is negligible in a curve.
        self.confusion = self.add_variable((self.classes, self.classes), initializer="zeros", name="confusion")

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> None:
        """Count a batch: labels ``(N, H, W)``, probabilities ``(N, H, W, C)``. ``sample_weight`` is not used."""
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        scores = _columns(ops.reshape(y_pred, (-1, self.classes)), self.scored)
        # top_k is several times faster than argmax, which treats negative zeros specially.
        predicted = ops.take(np.array(self.scored, np.int32), ops.top_k(scores, 1)[1][:, 0])
        cells = labels * self.classes + predicted
        cells = ops.where(labels < self.classes, cells, self.classes**2)  # IGNORE is counted in an extra cell
        counts = ops.segment_sum(ops.ones_like(cells), cells, num_segments=self.classes**2 + 1)[:-1]
        counts = ops.reshape(ops.cast(counts, "float32"), (self.classes, self.classes))
        self.confusion.assign_add(counts * self.scored_only[:, None])

    def result(self) -> dict[str, Tensor]:
        """Return ``accuracy`` and ``miou``."""
        right = ops.diagonal(self.confusion)
        pixels = ops.sum(self.confusion, axis=1)
        union = pixels + ops.sum(self.confusion, axis=0) - right
        present = ops.cast(pixels > 0, "float32")
        ious = right / ops.where(union > 0, union, 1.0)
        return {
            "accuracy": ops.sum(right) / ops.maximum(ops.sum(self.confusion), 1.0),
            "miou": ops.sum(ious * present) / ops.maximum(ops.sum(present), 1.0),
        }
