"""Predictions made from rows of class names, without a network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from configs import schema
from configs.paths import ROOT
from models.runs.run import Run
from pages.shared.content.predictions import ImagePrediction, ModelPrediction, deflate

CONFIGS = {
    "oxford_iiit_pet": "pets_unet",
    "voc2012": "voc_mobilenetv2_pix2pix",
    "camvid": "camvid_unet",
    "grocery": "grocery_unet",
}
"""A config of each dataset."""

Rows = tuple[str, Sequence[str]]
"""A dataset, and the classes that a model of it predicts, row by row."""
PETS: Rows = "oxford_iiit_pet", ["pet, pet, border, background"]
PETS_TOO: Rows = "oxford_iiit_pet", ["pet, background, border, background"]
VOC: Rows = "voc2012", ["cat, horse, dog, background"]
STREET: Rows = "camvid", ["road, car, car, road"]
EMPTY_SHELF: Rows = "grocery", ["background, background, background, background"]
SHELF: Rows = "grocery", ["background, ketchup, soap, background"]


def predicted(name: str, folder: Path, rows: Rows) -> ModelPrediction:
    """Return a model's prediction; ``folder`` takes its run."""
    dataset, lines = rows
    folder.mkdir(exist_ok=True)
    experiment = schema.load(ROOT / "configs" / f"{CONFIGS[dataset]}.yaml")
    (folder / "config.yaml").write_text(schema.dump(experiment))
    run = Run(folder, published=False)
    labels = np.array([[run.label_space.id_of(name) for name in line.split(", ")] for line in lines], np.uint8)
    shares = tuple(np.bincount(labels.ravel(), minlength=len(run.label_space)) / labels.size)
    key = "|".join(lines), dataset, str(folder)
    prediction = ImagePrediction(key, labels.shape, shares, 0.01, "float32", (), deflate(labels), b"")
    return ModelPrediction(name, run, prediction)
