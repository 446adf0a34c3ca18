"""What a model makes of pictures it was not made for: evidence of how it fails outside of its dataset."""

import numpy as np

from data import samples
from models.inference.predictor import Predictor
from models.runs.run import Run


def shares(run: Run) -> dict[str, dict[str, float]]:
    """Predict the sample photographs that do not suit a run's dataset, in float32.

    Returns:
        For each picture, by its title, the share of its pixels, 0 to 1, that each scored class takes. Empty if all of
        them suit the dataset.

    Raises:
        UserError: If the run has no sound weights or can't be exported, or a picture's package is not installed.
    """
    space, kind = run.label_space, run.dataset.kind
    others = [picture for picture in samples.pictures() if not picture.generated and kind not in picture.kinds]
    if not others:
        return {}
    predictor = Predictor.load(run, "float32")
    found = {}
    for picture in others:
        labels = predictor.predict(picture.load()).labels
        counts = np.bincount(labels.ravel(), minlength=len(space)) / labels.size
        found[picture.title] = {space.names[ident]: float(counts[ident]) for ident in space.scored}
    return found
