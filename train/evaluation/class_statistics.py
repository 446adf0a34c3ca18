"""Counts how often each class occurs in the training masks, which a model card reports for rare classes."""

from pathlib import Path

from data import store
from models.runs.evaluation import TrainingClass, TrainingStatistics
from models.runs.run import Run


def count(run: Run, data_dir: Path) -> TrainingStatistics | None:
    """Count the scored classes in the masks that a run was trained on, at the masks' own size.

    Returns None if the run was trained on other pictures. Raises ``UserError`` if the dataset can't be read.
    """
    data, space = run.experiment.data, run.label_space
    samples = store.open_split(data.dataset, "train", data_dir, data.limit)
    trained_on = (run.path / "train_images.txt").read_text(encoding="utf-8").split()
    if set(trained_on) != set(samples.hashes):
        return None
    counts = samples.class_pixels()
    pixels, pictures = counts.sum(axis=0), (counts > 0).sum(axis=0)
    classes = [
        TrainingClass(name=space.names[index], pictures=int(pictures[index]), pixels=int(pixels[index]))
        for index in space.scored
    ]
    return TrainingStatistics(pictures=len(samples), classes=tuple(classes))
