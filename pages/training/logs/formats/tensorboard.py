"""TensorBoard's event files, as Keras, PyTorch and Lightning write them."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from configs.errors import UserError
from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogError, LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.metric_names import TRAINING, VALIDATION, metric_name
from pages.training.logs.placement import training_curves
from pages.training.logs.table import MAX_CELLS, Table, counted, left_out, listed
from pages.training.tensorboard_events import Scalar

MAX_EPOCHS = 1000
"""Steps up to this number that follow each other from 0 or 1 are taken as epochs."""
_DUPLICATE = "evaluation_"
"""Keras logs validation per batch under this name too."""
_IGNORED = {"hp_metric", "train/seconds"}


def recognises(file: LogFile) -> bool:
    """Return whether a file has the name that all programs give to event files."""
    return "tfevents" in file.name


def run_of(file: LogFile) -> str:
    """Return the folder of the run that an event file belongs to, or the file's name if it is in none."""
    folders = [part for part in _run_folders(file) if part.lower() not in TRAINING | VALIDATION]
    return "/".join(folders) or file.name


def read(name: str, files: Sequence[LogFile]) -> list[TrainingCurves]:
    """Read the scalars of a run's event files; one result per training if several logged into the same folder.

    Raises:
        LogError: If a file is not an event file, or no file has scalars.
        UserError: If tensorboard is not installed.
    """
    other: set[str] = set()
    for file in files:
        try:
            other |= file.events.other_tags
        except ValueError as error:
            raise LogError(
                f"{file.path} is not a TensorBoard event file; upload the original events.out.tfevents… files."
            ) from error
    trainings = _trainings(files)
    if not trainings:
        raise LogError(f"{name} has no scalars; log the loss of each epoch, as Keras' TensorBoard callback does.")
    notes = left_out(sorted(other), "no scalars", "tag")
    if len(trainings) > 1:
        notes.append(f"{len(trainings)} trainings logged into this folder, which are shown apart")
    names = [name, *(f"{name} ({number})" for number in range(2, len(trainings) + 1))]
    return [_curves(own, scalars, notes) for own, scalars in zip(names, trainings, strict=True)]


def _curves(name: str, logged: Iterable[tuple[str, Scalar]], notes: Iterable[str]) -> TrainingCurves:
    """Return the curves of one training, by step unless the log tells its epochs."""
    notes = list(notes)
    rows = pd.DataFrame(
        [(tag, scalar.step, scalar.time, scalar.value) for tag, scalar in logged],
        columns=["tag", "step", "time", "value"],
    ).sort_values("time", kind="stable")
    rows["time"] -= rows["time"].min()
    duplicates = rows["tag"].str.rpartition("/")[2].str.startswith(_DUPLICATE)
    ignored = sorted({*rows["tag"][duplicates], *_IGNORED.intersection(rows["tag"])})
    notes += left_out(ignored, "no metrics", "tag")
    counter = rows["tag"] == "epoch"  # Lightning logs it as a scalar
    epochs = rows[counter].groupby("step")["value"].last()
    rows = rows[~rows["tag"].isin(ignored) & ~counter]
    if rows.empty:
        raise LogError(f"{name} has no scalars besides {listed(sorted({*ignored, 'epoch'}))}; log at least the loss.")
    if repeated := int(rows.duplicated(["tag", "step"], keep="last").sum()):
        notes.append(f"{counted(repeated, 'value')} left out, because a later one has the same tag and step")
    by_epoch = rows["tag"].map({tag: metric_name(tag).by_epoch for tag in rows["tag"].unique()}).astype(bool)
    if epochs.empty and not by_epoch.any() and _look_like_epochs(rows):
        by_epoch[:] = True
        notes.append("the log has steps only; they follow each other one by one, so they are taken as epochs")
    by_epoch &= epochs.empty
    if rows["tag"].nunique() * rows["step"].nunique() > MAX_CELLS:
        raise LogError(f"{name} has more scalars than can be shown; log fewer tags, or less often.")
    wide = rows.assign(by_epoch=by_epoch).pivot_table("value", ["by_epoch", "step"], "tag", "last")
    times = rows.groupby([by_epoch.rename("by_epoch"), "step"])["time"].max().reindex(wide.index)
    counts = wide.index.get_level_values("step").astype(float).to_series(wide.index)
    of_epochs = wide.index.get_level_values("by_epoch")
    wide["time"], wide["step"] = times, counts.mask(of_epochs)
    wide["epoch"] = counts.map(epochs) if len(epochs) else counts.where(of_epochs)
    return training_curves(name, Table(wide.reset_index(drop=True), notes=tuple(notes)), "TensorBoard")


def _look_like_epochs(scalars: pd.DataFrame) -> bool:
    """Return whether the steps of every tag follow each other one by one, from 0 or 1 on."""
    steps = [np.unique(group) for _, group in scalars.groupby("tag")["step"]]
    return all(
        own[0] in {0, 1} and len(own) <= MAX_EPOCHS and np.array_equal(own, own[0] + np.arange(len(own)))
        for own in steps
    )


def _trainings(files: Sequence[LogFile]) -> list[list[tuple[str, Scalar]]]:
    """Return the scalars of each training, with their tags; a file that starts again starts a training.

    A file that goes on where an earlier one of its folder ended, as after a resume, belongs to the same training.
    """
    trainings: list[list[tuple[str, Scalar]]] = []
    first_steps: dict[str, dict[str, int]] = {}
    numbers: dict[str, int] = {}
    for file in sorted(files, key=lambda file: min((scalar.time for scalar in file.events.scalars), default=0.0)):
        folder = "/".join(file.folders) or "."
        own: dict[str, int] = {}
        for scalar in file.events.scalars:
            own[scalar.tag] = min(scalar.step, own.get(scalar.tag, scalar.step))
        if not own:
            continue
        before = first_steps.setdefault(folder, {})
        if any(step <= before[tag] for tag, step in own.items() if tag in before):
            numbers[folder] = numbers.get(folder, 0) + 1
            before.clear()
        before.update({tag: step for tag, step in own.items() if tag not in before})
        number = numbers.get(folder, 0)
        trainings += [[] for _ in range(number + 1 - len(trainings))]
        tags = {tag: _tag(file, tag) for tag in own}
        trainings[number] += [(tags[scalar.tag], scalar) for scalar in file.events.scalars]
    return trainings


def _tag(file: LogFile, tag: str) -> str:
    """Return a tag with the part of the data that the folder names, and with the name of a curve of ``add_scalars``."""
    part = [folder for folder in _run_folders(file) if folder.lower() in TRAINING | VALIDATION]
    return "/".join([*part[-1:], tag, *_curve_folders(file, tag)])


def _run_folders(file: LogFile) -> tuple[str, ...]:
    """Return the folders of a file without those that PyTorch's ``add_scalars`` made for one curve."""
    try:
        tags = {scalar.tag for scalar in file.events.scalars}
    except (ValueError, UserError):
        return file.folders
    curve = _curve_folders(file, tags.pop()) if len(tags) == 1 else ()
    return file.folders[: len(file.folders) - len(curve)]


def _curve_folders(file: LogFile, tag: str) -> tuple[str, ...]:
    """Return the name of a curve of ``add_scalars``: its folder is named after the tag, ``_`` and the curve."""
    start = tag.replace("/", "_") + "_"
    for index, folder in enumerate(file.folders[1:], start=1):
        if folder.startswith(start):
            return (folder.removeprefix(start), *file.folders[index + 1 :])
    return ()


FORMAT = Format(
    "TensorBoard: event files (`events.out.tfevents…`), or the whole folder they are in", recognises, read, run_of
)
