"""Calibrates a finished run: ``python -m train.calibrate RUN``.

A temperature is fitted on one half of the split that the config evaluates on and tested on the other. If it makes the
calibration error there smaller, the weights of the logits are divided by it, so that every way to run the network has
it. The labels at the network's resolution stay what they are. What was done is written to ``calibration.json``.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from configs import paths
from configs.command_line import ArgumentParser, quiet_libraries, run
from configs.errors import UserError
from configs.files import replacing, sha256, write_text
from data import store
from data.store import Samples
from models.inference.predictor import RunPredictor
from models.metrics import calibration
from models.runs import in_use, registry, weights
from models.runs.run import Run
from train.evaluation import scoring, temperature
from train.evaluation.target import target_of

RECORD = "calibration.json"


@dataclass(frozen=True)
class Calibration:
    """A temperature, and the calibration error on the images that it was not fitted on, before and after."""

    temperature: float
    fitted_on: int
    tested_on: int
    before: float
    after: float

    @property
    def helps(self) -> bool:
        """Whether the calibration error is smaller with it."""
        return self.after < self.before


def calibrate(model: Run, data_dir: Path) -> Calibration:
    """Fit a temperature for a local run and, if it helps, write the run's weights with it.

    Raises ``UserError`` if the run is published or has no weights, or the data can't be read.
    """
    if model.published:
        raise UserError(
            f"{model.name} is published, and published models are not changed; calibrate the run it came from"
        )
    if not model.is_ready:
        raise UserError(f"{model.path}: {model.missing_weights_reason()}")
    split = model.experiment.evaluate.split
    samples = scoring.leave_out_training_images(model, store.open_split(model.dataset.name, split, data_dir), split)
    fitting, testing = (samples.subset(half) for half in temperature.halves(samples.ids, model.dataset))
    if not len(fitting):
        raise UserError(f"{split} has only one image, and calibration needs one to fit on and one to test on")
    predictor = RunPredictor.load(model, "float32")
    logarithms, classes = map(np.concatenate, zip(*temperature.samples_of(predictor, fitting), strict=True))
    value = temperature.fit(logarithms, classes)
    with tempfile.TemporaryDirectory() as folder:
        scaled = _scaled(model, value, Path(folder) / model.name)
        before, after = (_error(one, testing) for one in (model, scaled))
        found = Calibration(value, len(fitting), len(testing), before, after)
        if found.helps:
            _keep(model, scaled, found)
    return found


def _scaled(model: Run, value: float, folder: Path) -> Run:
    """Return a copy of a run whose logits are divided by a temperature, in a new folder."""
    with quiet_libraries():
        from models import architectures

        network = architectures.build(model.experiment, len(model.label_space))
        exact = model.path / "checkpoints" / "best.weights.h5"
        network.load_weights(exact if exact.is_file() else model.weights)
        temperature.scale(network, value)
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("config.yaml", "train_images.txt"):
        (folder / name).write_bytes((model.path / name).read_bytes())
    copy = Run(folder, published=False)
    weights.save_exact(network, folder / "checkpoints" / "best.weights.h5")
    weights.save(network, copy.weights)
    return copy


def _error(model: Run, samples: Samples) -> float:
    """Return the calibration error of a run on some images, at the size of their masks, in float32."""
    counts = scoring.count_images(RunPredictor.load(model, "float32"), samples, target_of(model, None))
    return calibration.error(counts.calibration)


def _keep(model: Run, scaled: Run, found: Calibration) -> None:
    """Replace the weights of a run by the scaled ones, and record the temperature."""
    before = _recorded(model)
    facts = vars(found) | {"temperature": found.temperature * before, "weights": sha256(scaled.weights)}
    for name in (Path("checkpoints") / "best.weights.h5", Path(scaled.weights.name)):
        if (model.path / name).is_file():
            with replacing(model.path / name) as temporary:
                temporary.write_bytes((scaled.path / name).read_bytes())
    write_text(model.path / RECORD, json.dumps(facts, indent=2) + "\n")


def _recorded(model: Run) -> float:
    """Return the temperature that a run's weights have been divided by already; 1 for none."""
    try:
        content = json.loads((model.path / RECORD).read_text(encoding="utf-8"))
        return float(content["temperature"]) if content["weights"] == model.digest() else 1.0
    except (OSError, ValueError, KeyError, TypeError):
        return 1.0


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m train.calibrate", description="Make a run as confident as it is right.")
    parser.add_argument("run", metavar="RUN", help="a run that has finished: its name or folder")
    parser.add_argument(
        "--data-dir", type=Path, help="folder with the datasets (default: $SEGDECK_DATA, else datasets/)"
    )
    arguments = parser.parse_args()
    model = registry.find_run(arguments.run)
    with in_use.held(model.path):
        found = calibrate(model, arguments.data_dir or paths.data_dir())
    print(
        f"temperature {found.temperature:.3f}, fitted on {found.fitted_on} images; calibration error on the other "
        f"{found.tested_on}: {found.before:.4f} before, {found.after:.4f} after"
    )
    if found.helps:
        print(f"the weights are scaled; score them again: python -m train.evaluate {arguments.run}")
    else:
        print("the weights are left as they are")
    return 0


if __name__ == "__main__":
    run(main)
