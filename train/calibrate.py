"""Calibrates a finished run: ``python -m train.calibrate RUN [--background]``.

A temperature is fitted on one half of the split that the config evaluates on and tested on the other. If it makes the
calibration error there smaller, it is written into the run as ``calibration.json``, and every way to run the network
divides its logits by it. The weights, and the labels at the network's resolution, stay what they are.

With ``--background`` the labels change, too: first an offset is fitted on the whole split, which is added to the logit
of the background and makes the mean IoU highest. It is kept if it also does so on each half when fitted on the other.
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
from data.label_space import BACKGROUND
from data.store import Samples
from models.inference.predictor import RunPredictor
from models.metrics import calibration as metric
from models.runs import calibration, in_use, registry
from models.runs.calibration import Calibration
from models.runs.run import Run
from train.evaluation import background_offset, scoring, temperature
from train.evaluation.target import target_of


def calibrate(model: Run, data_dir: Path, background: bool = False) -> Calibration:
    """Fit a temperature for a local run, with ``background`` an offset before, and write what helps into its folder.

    Raises ``UserError`` if the run is published, has no weights, or no background to fit an offset for, or the data
    can't be read.
    """
    if model.published:
        raise UserError(f"{model.name} is published, and its figures belong to its weights; calibrate a run of yours")
    if not model.is_ready:
        raise UserError(f"{model.path} has no weights; {model.missing_weights_reason()}")
    if background and BACKGROUND not in [model.label_space.names[index] for index in model.label_space.scored]:
        raise UserError(f"--background: {model.dataset.title} has no class called background")
    split = model.experiment.evaluate.split
    samples = scoring.leave_out_training_images(model, store.open_split(model.dataset.name, split, data_dir), split)
    fitting, testing = (samples.subset(half) for half in temperature.halves(samples.ids, model.dataset))
    if not len(fitting):
        raise UserError(f"{split} has only one image, and calibration needs one to fit on and one to test on")
    with tempfile.TemporaryDirectory() as folder:
        plain = _copy(model, Path(folder) / "plain", None)
        predictor, error = RunPredictor.load(plain, "float32"), _error(plain, testing)
        found = Calibration(
            temperature=1.0,
            weights=sha256(model.weights),
            split=split,
            fitted_on=len(fitting),
            tested_on=len(testing),
            before=error,
            after=error,
        )
        if background:
            found = _with_offset(found, predictor, fitting, testing)
        if found.offsets:
            found = found.model_copy(update={"after": _error(_copy(model, Path(folder) / "offset", found), testing)})
        tried = found.model_copy(update={"temperature": _temperature(found, predictor, fitting)})
        after = _error(_copy(model, Path(folder) / "tried", tried), testing)
    if after < found.after:
        found = tried.model_copy(update={"after": after})
    if found.facts():
        calibration.write(model.path, found)
    else:
        (model.path / calibration.FILE).unlink(missing_ok=True)  # of an earlier call
    return found


def _with_offset(found: Calibration, predictor: RunPredictor, fitting: Samples, testing: Samples) -> Calibration:
    """Return a calibration with an offset for the background, if it helps."""
    counted = [background_offset.confusions(predictor, half) for half in (fitting, testing)]
    before, after = background_offset.cross_fitted(*counted)
    offset = background_offset.fit(counted[0] + counted[1])
    if after <= before or not offset:
        return found
    facts = {"offsets": {BACKGROUND: offset}, "miou_before": before, "miou_after": after}
    return found.model_copy(update=facts)


def _temperature(found: Calibration, predictor: RunPredictor, fitting: Samples) -> float:
    """Return the temperature that fits best after the offsets of a calibration; ``predictor`` has neither."""
    logarithms, classes = map(np.concatenate, zip(*temperature.samples_of(predictor, fitting), strict=True))
    space = predictor.label_space
    offsets = [found.offsets.get(space.names[ident], 0.0) for ident in space.scored]
    return temperature.fit(logarithms + offsets, classes)


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
    offset = "also fit what is added to the logit of the background, for the highest mean IoU; this changes labels"
    parser.add_argument("--background", action="store_true", help=offset)
    arguments = parser.parse_args()
    model = registry.find_run(arguments.run)
    with in_use.held(model.path):
        earlier = (model.path / calibration.FILE).is_file()
        found = calibrate(model, arguments.data_dir or paths.data_dir(), arguments.background)
    if found.offsets:
        print(
            f"offset of the background {found.offsets[BACKGROUND]:+.1f}: mIoU {found.miou_before:.4f} before, "
            f"{found.miou_after:.4f} after, on each half with that fitted on the other"
        )
    elif arguments.background:
        print("no offset of the background makes the mIoU higher on each half when fitted on the other")
    fitted = f"temperature {found.temperature:.3f}, " if found.temperature != 1 else "no temperature helps: "
    print(
        f"{fitted}fitted on {found.fitted_on} images; calibration error on the other {found.tested_on}: "
        f"{found.before:.4f} before, {found.after:.4f} after"
    )
    if found.facts():
        print(f"its logits are adjusted by that from now on; score it again: python -m train.evaluate {arguments.run}")
    elif earlier:
        removed = "the calibration that it had is removed, so its logits are the network's own again"
        print(f"{removed}; score it again: python -m train.evaluate {arguments.run}")
    else:
        print("its logits stay as they are")
    return 0


if __name__ == "__main__":
    run(main)
