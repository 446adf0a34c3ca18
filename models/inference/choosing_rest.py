"""Chooses in what is computed what an int8 network leaves out of int8, by its scores and its speed on this computer."""

import math
from pathlib import Path

import numpy as np

from data import store
from data.store import Samples
from models.inference import benchmarks, cpu
from models.inference.formats import Precision
from models.inference.predictor import RunPredictor, fast_precision
from models.metrics import segmentation
from models.runs import int8_rest
from models.runs.int8_rest import Int8Rest, Measured
from models.runs.model import file_digest
from models.runs.run import Run

RESTS: tuple[Precision, ...] = ("float32", "bfloat16")
SECONDS = 5.0
"""How long to measure the speed, at least."""
ROUNDS = 15


def pictures_to_judge_by(run: Run, data_dir: Path) -> Samples:
    """Return the pictures that a run's config evaluates on, without those it was trained on; there may be none.

    Raises ``UserError`` if the dataset can't be read.
    """
    experiment = run.experiment
    samples = store.open_split(experiment.data.dataset, experiment.evaluate.split, data_dir, experiment.data.limit)
    trained_on = run.training_images()
    return samples.subset(index for index, digest in enumerate(samples.hashes) if digest not in trained_on)


def choose(run: Run, pictures: Samples, seconds: float = SECONDS) -> Int8Rest:
    """Compare a quantised run with its rest in float32 and in bfloat16, and choose.

    Without pictures, or on a CPU that is not faster in bfloat16, nothing is measured and float32 is chosen. Raises
    ``UserError`` as ``RunPredictor.load``.
    """
    found = Int8Rest(
        rest="float32",
        quantisation=file_digest(run.quantisation),
        split=run.experiment.evaluate.split,
        pictures=len(pictures),
        cpu=cpu.name(),
    )
    if not len(pictures) or fast_precision() != "bfloat16":
        return found
    predictors = {rest: RunPredictor.load(run, "int8", rest=rest) for rest in RESTS}
    times = benchmarks.measure({rest: one.network_call() for rest, one in predictors.items()}, seconds, ROUNDS)
    float32, bfloat16 = (
        Measured(miou=miou(one, pictures), milliseconds=times[rest]["median"]) for rest, one in predictors.items()
    )
    best = int8_rest.best(float32, bfloat16)
    return found.model_copy(update={"rest": best, "float32": float32, "bfloat16": bfloat16})


def miou(predictor: RunPredictor, pictures: Samples) -> float | None:
    """Return the mIoU of a predictor on some pictures, at the size of each mask; None if they show no class."""
    space = predictor.label_space
    side = len(space.scored) + 1
    matrix = np.zeros((side, side), np.int64)
    for picture in (pictures[index] for index in range(len(pictures))):
        matrix += segmentation.confusion(picture.mask, predictor.predict(picture.image).labels, space)
    found = segmentation.mean_iou(matrix)
    return None if math.isnan(found) else found
