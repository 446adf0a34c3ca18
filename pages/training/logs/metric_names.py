"""Our names of metrics for the names that other programs give them."""

import re
from typing import NamedTuple

from pages.training.curves import METRICS

_KERAS_ACCURACIES = ["binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"]
ALIASES = {
    **dict.fromkeys(
        ["acc", "aacc", "pacc", "pixel_acc", "pixel_accuracy", "overall_accuracy", *_KERAS_ACCURACIES], "accuracy"
    ),
    **dict.fromkeys(["mean_iou", "mean_io_u", "one_hot_mean_io_u", "m_iou"], "miou"),
    "lr": "learning_rate",
}
"""Our names of metrics by those in other programs, in snake case."""
TRAINING, VALIDATION = frozenset({"train", "training"}), frozenset({"val", "valid", "validation", "eval"})


class MetricName(NamedTuple):
    """The name of a column, and what its name in the log says about when it was logged."""

    column: str
    by_step: bool = False
    by_epoch: bool = False


def metric_name(tag: str) -> MetricName:
    """Return our name for a metric; one of the validation split has the prefix ``val_``.

    >>> metric_name("Loss/train").column, metric_name("validation/epoch_accuracy").column
    ('loss', 'val_accuracy')
    >>> metric_name("val/mAP50-95(B)").column
    'val_mAP50-95(B)'
    >>> metric_name("val_mean_io_u_1").column, metric_name("train_loss_step")
    ('val_miou', MetricName(column='loss', by_step=True, by_epoch=False))
    """
    if re.fullmatch(r"lr-[\w-]+(/pg1)?", tag.strip()) and not tag.endswith("momentum"):
        return MetricName("learning_rate")  # Lightning names it after the optimiser and the group of its parameters
    pieces = re.split(r"([/_\s.-]+)", tag.strip())
    words = [(word, before) for word, before in zip(pieces[::2], ["", *pieces[1::2]], strict=True) if word]
    lower = [word.lower() for word, _ in words]
    by_step = len(words) > 1 and lower[-1] == "step"
    if by_step:
        words, lower = words[:-1], lower[:-1]
    ignored = TRAINING | VALIDATION | {"epoch"}
    kept = [piece for piece, small in zip(words, lower, strict=True) if small not in ignored]
    if not kept:
        return MetricName(tag.strip())
    base = re.sub(r"_\d+$", "", "_".join(word for word, _ in kept).lower())  # Keras numbers repeated metrics
    name = ALIASES.get(base, base)
    if name not in METRICS:
        name = kept[0][0] + "".join(before + word for word, before in kept[1:])  # as it is written in the log
    return MetricName(f"val_{name}" if VALIDATION.intersection(lower) else name, by_step, "epoch" in lower)
