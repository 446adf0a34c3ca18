"""Calibrates a finished run: ``python -m train.calibrate RUN``.

A temperature is fitted on one half of the split that the config evaluates on and tested on the other. If it makes the
calibration error there smaller, it is written into the run as ``calibration.json``, and every way to run the network
divides its logits by it. The weights, and the labels at the network's resolution, stay what they are.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np

from configs import paths
from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from configs.files import sha256
from data import store
from data.store import Samples
from models.inference.predictor import RunPredictor
from models.metrics import calibration as metric
from models.runs import calibration, in_use, registry
from models.runs.calibration import Calibration
from models.runs.run import Run
from train.evaluation import scoring, temperature
from train.evaluation.target import target_of


def calibrate(model: Run, data_dir: Path) -> Calibration:
    """Fit a temperature for a local run and, if it helps, write it into the run's folder.

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
    with tempfile.TemporaryDirectory() as folder:
        plain = _copy(model, Path(folder) / "plain", None)
        predictor = RunPredictor.load(plain, "float32")
        logarithms, classes = map(np.concatenate, zip(*temperature.samples_of(predictor, fitting), strict=True))
        found = Calibration(
            temperature=temperature.fit(logarithms, classes),
            weights=sha256(model.weights),
            split=split,
            fitted_on=len(fitting),
            tested_on=len(testing),
            before=_error(plain, testing),
            after=1,
        )
        calibrated = _copy(model, Path(folder) / "calibrated", found)
        found = found.model_copy(update={"after": _error(calibrated, testing)})
    if found.helps:
        calibration.write(model.path, found)
    return found


def _copy(model: Run, folder: Path, calibrated: Calibration | None) -> Run:
    """Return a copy of a run with this calibration, or without any, in a new folder."""
    folder.mkdir()
    for name in ("config.yaml", "train_images.txt", model.weights.name):
        shutil.copyfile(model.path / name, folder / name)
    if calibrated is not None:
        calibration.write(folder, calibrated)
    return Run(folder, published=False)


def _error(model: Run, samples: Samples) -> float:
    """Return the calibration error of a run on some images, at the size of their masks, in float32."""
    counts = scoring.count_images(RunPredictor.load(model, "float32"), samples, target_of(model, None))
    return metric.error(counts.calibration)


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
        print(f"its logits are divided by that from now on; score it again: python -m train.evaluate {arguments.run}")
    else:
        print("that is no better, so its logits stay as they are")
    return 0


if __name__ == "__main__":
    run(main)
