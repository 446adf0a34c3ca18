"""Small networks with random weights, on which all engines must agree."""

from pathlib import Path

import numpy as np

from configs import schema
from configs.paths import ROOT
from models.runs.run import Run

OVERRIDES = {
    "pets_unet": ["data.image_size=[32, 48]", "model.filters=[8, 16]"],
    "voc_mobilenetv2_pix2pix": ["data.image_size=[32, 64]", "model.upsampling_filters=[16, 8, 8, 8]"],
}
"""What makes the networks of configs small."""


def make(folder: Path, config: str = "pets_unet") -> Run:
    """Write a run of a small network, none of whose weights is 0 or 1 as the untrained ones of batch norms are."""
    from models import architectures
    from models.runs import weights

    folder.mkdir()
    experiment = schema.load(ROOT / "configs" / f"{config}.yaml", [f"name={folder.name}", *OVERRIDES[config]])
    (folder / "config.yaml").write_text(schema.dump(experiment))
    run = Run(folder, published=False)
    model, random = architectures.build(experiment, len(run.label_space)), np.random.default_rng(0)
    model.set_weights(
        [values if values.ndim > 1 else random.uniform(0.5, 1.5, values.shape) for values in model.get_weights()]
    )
    weights.save(model, run.weights)
    return run
