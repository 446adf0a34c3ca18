"""The table of models."""

import json
import shutil

import numpy as np
import pytest

from configs.files import sha256
from models.runs import registry
from pages.shared.content.model_table import model_table


@pytest.mark.parametrize(
    ("of_these_weights", "miou", "shown"), [(True, 0.654, 0.654), (True, None, None), (False, 0.654, None)]
)
def test_it_shows_what_was_measured_with_these_weights(runs, no_models, of_these_weights, miou, shown):
    run = shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    weights = sha256(run / "model.weights.h5") if of_these_weights else "0" * 64
    content = {"schema": 1, "val": {"miou": miou, "pixel_accuracy": 0.876, "weights": weights}}
    (run / "evaluation.json").write_text(json.dumps(content))
    row = model_table(registry.runs()).iloc[0]
    assert row["mIoU"] == pytest.approx(shown or np.nan, nan_ok=True)
    assert row["Pixel accuracy"] == pytest.approx(0.876 if of_these_weights else np.nan, nan_ok=True)


def test_it_shows_the_progress_of_a_training(runs, no_models):
    run = shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    (run / "status.json").write_text(
        '{"state": "finished", "epoch": 7, "started": "2026-01-01T00:00:00+00:00",'
        ' "heartbeat": "2026-01-01T01:00:00+00:00", "message": ""}'
    )
    row = model_table(registry.runs()).iloc[0]
    assert row["State"].startswith("Finished, epoch 7 of ")
