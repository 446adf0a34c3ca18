"""Publishes a finished run: copies its public files into ``models/zoo``, with checksums."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from configs import paths, schema
from configs.errors import UserError
from configs.files import sha256
from data.label_space import LabelSpace
from data.locks import folder_lock
from models.inference import quantisation
from models.inference.formats import PRECISIONS
from models.runs import calibration, familiarity, int8_rest, registry, weights
from models.runs.model import file_digest
from models.runs.run import Run
from train.publishing import model_card

LARGEST = 70_000_000
"""Largest weight file in bytes: git hosts refuse files over 100 MB and warn well below that."""

FILES = ("status.json", "history.csv", "evaluation.json", "train_images.txt", "model.weights.h5")
"""Files that are copied unchanged."""
OF_INT8 = ("int8.npz", "calibration_images.txt")
"""Files that are copied, too, if the run was quantised."""

TEMPORARY, OLDER = ".publish-", ".older"
"""How temporary folders in ``models/zoo`` begin, and where in them a publication goes that is being replaced."""


def publish(run: Run, name: str) -> Path:
    """Copy a finished run's public files to ``models/zoo/<name>``, replacing an older publication of that name.

    The folder is written and verified under a temporary name and then moved, so that it is never incomplete. Raises
    ``UserError`` if the run is not finished, a file is missing, or other weights were evaluated.
    """
    check(run)
    experiment = schema.parse(schema.dump(run.experiment.model_copy(update={"name": name})), "--name")
    target = paths.zoo_dir() / name
    try:
        with _alone(target.parent), tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=target.parent) as temporary:
            folder = Path(temporary) / name
            folder.mkdir()
            (folder / "config.yaml").write_text(schema.dump(experiment), encoding="utf-8")
            for file in [*FILES, *(name for name in OF_INT8 if run.quantisation.is_file())]:
                shutil.copyfile(run.path / file, folder / file)
            for optional in (familiarity.file_of(run), int8_rest.file_of(run), run.path / calibration.FILE):
                if optional.is_file():
                    shutil.copyfile(optional, folder / optional.name)
            _copy_previews(run.previews, folder / "previews", run.label_space)
            older = Run(target, published=True).card
            card = model_card.renewed(run, name, run.card, older)
            (folder / model_card.CARD).write_text(card, encoding="utf-8")
            _write_checksums(folder)
            weights.verify(folder)
            if target.exists():
                target.rename(Path(temporary) / OLDER)
            try:
                folder.rename(target)
            except BaseException:  # an interrupt, too: the temporary folder is deleted with what is in it
                if (older_one := Path(temporary) / OLDER).exists():
                    older_one.rename(target)
                raise
    except OSError as error:
        raise UserError(f"{run.name} can't be published to {target} ({error.strerror or error})") from error
    return target


@contextlib.contextmanager
def _alone(zoo: Path) -> Iterator[None]:
    """Let one process after another publish, and first tidy up after those that were killed."""
    zoo.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as holding:
        try:
            holding.enter_context(folder_lock(zoo, wait=True))
        except OSError:  # the file system has no locks, so a temporary folder may be another process's
            yield
            return
        for left in zoo.glob(f"{TEMPORARY}*"):
            _settle(left, zoo)
        yield


def _settle(left: Path, zoo: Path) -> None:
    """Remove the temporary folder of a killed process; if the older publication is in it, the new one is complete."""
    if (left / OLDER).exists():
        for new in left.iterdir():
            if new.name != OLDER and not (zoo / new.name).exists():
                new.rename(zoo / new.name)
    shutil.rmtree(left)


def check(run: Run) -> None:
    """Raise ``UserError`` if a run can't be published."""
    if run.published:
        raise UserError(f"{run.path} is published already; give the folder of a local run")
    status = run.status()
    if status is None or status.state != "finished":
        state = "has no status" if status is None else f"is {status.state} after epoch {status.epoch}"
        raise UserError(f"{run.path} {state}; only a finished run can be published")
    evaluate = f"python -m train.evaluate {run.path}"
    for file in FILES:
        if not (run.path / file).is_file():
            advice = f"run `{evaluate}`" if file == "evaluation.json" else "train it again"
            raise UserError(f"{run.path} has no {file}; {advice}")
    _check_weights(run.weights)
    familiarity.read(run)  # raises if it was made for other weights
    _check_quantisation(run)
    split, evaluation = run.experiment.evaluate.split, run.evaluation()
    if evaluation is None or evaluation.faults or split not in evaluation.splits:
        faults = [f"{name}: {fault}" for name, fault in evaluation.faults.items()] if evaluation else []
        fault = run.evaluation_fault() or "; ".join(faults) or f"there are no scores of the split {split!r}"
        raise UserError(f"{run.path / 'evaluation.json'}: {fault}; run `{evaluate}`")
    known = [precision for precision in PRECISIONS if precision in evaluation.precisions]
    views = {"": run, **{f" --precision {one}": registry.in_precision(run, one) for one in known}}
    for option, view in views.items():
        digest = view.digest()
        if any(scores.weights != digest for scores in evaluation.of(view.precision).splits.values()):
            raise UserError(
                f"{run.path / 'evaluation.json'} holds scores of {view.name} with other weights than it has now, or "
                f"of another temperature; run `{evaluate}{option}`"
            )


def _check_quantisation(run: Run) -> None:
    """Raise ``UserError`` if a run has an int8 network of other weights than it has now, or a damaged one."""
    if run.quantisation.is_file() and quantisation.read(run.quantisation).weights != file_digest(run.weights):
        raise UserError(
            f"{run.quantisation} was made for other weights than {run.path.name} has now; make it again with "
            f"python -m models.quantize {run.path}"
        )


def _check_weights(path: Path) -> None:
    """Raise ``UserError`` if ``models.runs.weights.save`` didn't write the weights or they are too large to publish."""
    if weights.parameters(path) is None:
        raise UserError(f"{path} is not a weight file or is damaged; train the run again")
    if path.stat().st_size > LARGEST:
        raise UserError(f"{path} has {path.stat().st_size:,} bytes; at most {LARGEST:,} can be published")
    refused: list[str] = []

    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        unrounded = isinstance(item, h5py.Dataset) and item.ndim == 4 and item.dtype.itemsize > 2
        if name.startswith("optimizer") or unrounded:
            refused.append(name)

    with h5py.File(path) as file:
        file.visititems(visit)
    if refused:
        raise UserError(
            f"{path} contains {refused[0]}, which can't be published; write it with models.runs.weights.save"
        )


def _copy_previews(source: Path, target: Path, label_space: LabelSpace) -> None:
    """Copy only label maps, so that no photograph is published."""
    palette = label_space.palette()[: len(label_space)].ravel().tolist()
    for path in sorted(source.rglob("*.png")):
        with Image.open(path) as image:
            is_label_map = image.mode == "P" and (image.getpalette() or [])[: len(palette)] == palette
            if is_label_map and np.asarray(image).max() < len(label_space):
                copy = target / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)


def _write_checksums(folder: Path) -> None:
    """Write ``SHA256SUMS`` over all files in the folder, as ``sha256sum`` does."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / weights.CHECKSUMS).write_text("".join(lines), encoding="utf-8")
