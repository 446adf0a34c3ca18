"""Predicts out-of-distribution pictures, to show how a model fails outside its dataset."""

import numpy as np

from data import samples
from models.inference.predictor import RunPredictor
from models.runs.run import Run


def shares(run: Run) -> dict[str, dict[str, float]]:
    """Predict the sample photographs that don't suit a run's dataset, in float32.

    Returns the share of the pixels, 0 to 1, of each scored class, by the title of the picture. Raises ``UserError`` if
    the run's weights are invalid, it can't be exported, or a picture's package is not installed.
    """
    space, kind = run.label_space, run.dataset.kind
    others = [picture for picture in samples.pictures() if not picture.generated and kind not in picture.kinds]
    if not others:
        return {}
    predictor = RunPredictor.load(run, "float32")
    result = {}
    for picture in others:
        labels = predictor.predict(picture.load()).labels
        counts = np.bincount(labels.ravel(), minlength=len(space)) / labels.size
        result[picture.title] = {space.names[class_id]: float(counts[class_id]) for class_id in space.scored}
    return result
