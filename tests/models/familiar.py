"""Makes up what tells pictures unlike the training pictures of a small run: their brightness decides."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.files import sha256
from models.inference import responses
from models.inference.export import exported
from models.inference.predictor import Predictor, network_batch
from models.runs import familiarity
from models.runs.familiarity import Familiarity, Verdict, file_of
from models.runs.run import Run
from tests.models.int8 import read

DARK, BRIGHT = (np.full((40, 60, 3), grey, np.uint8) for grey in (0, 255))


def content(run: Run) -> dict[str, Any]:
    """Return the content of a valid file, by which a dark picture is like the training pictures, and a bright one not.

    The distances of the two are -1 and 1.
    """
    import openvino

    network = openvino.Core().compile_model(responses.alone(read(run)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    dark, bright = (network(network_batch(run, picture)[0])[0].astype(np.float64) for picture in (DARK, BRIGHT))
    weights = 2 * (bright - dark) / ((bright - dark) ** 2).sum()
    return {
        "schema": 1,
        "weights": sha256(run.weights),
        "channels": weights.tolist(),
        "offset": float(1 - bright @ weights),
        "threshold": 0.25,
        "fitted": 60,
        "split": "val",
        "images": {"count": 40, "digest": "ab" * 32},
        "false_alarms": 0.05,
        "others": [
            {
                "name": "camvid",
                "title": "CamVid",
                "split": "val",
                "fitted": 20,
                "pictures": 30,
                "auroc": 0.975,
                "auroc_unseen": None,
                "told": 0.8,
                "showing": 25,
                "auroc_showing": 0.625,
            }
        ],
        "engine": "OpenVINO",
        "date": "2026-01-01T00:00:00+00:00",
    }


def kept(run: Run) -> Familiarity:
    """Return what a run's file holds, which must be there."""
    found = familiarity.read(run)
    assert found is not None
    return found


def verdict(model: Predictor, picture: NDArray[np.uint8]) -> Verdict:
    """Return the verdict on a picture, which must be known."""
    found = model.predict(picture, longest=64).verdict
    assert found is not None
    return found


def write(run: Run, **changes: Any) -> None:
    """Write such a file into a run's folder, with some values changed."""
    exported(run)
    file_of(run).write_text(json.dumps(content(run) | changes))
