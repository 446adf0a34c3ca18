"""Import curves from the logs of other programs: Keras' ``CSVLogger``, Ultralytics' ``results.csv``, TensorBoard."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from configs.errors import UserError
from pages.training import tensorboard_events
from pages.training.curves import METRICS, TrainingCurves
from pages.training.tensorboard_events import Scalar

MAX_ROWS = 100_000

_KERAS_ACCURACIES = ["binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"]
ALIASES = {
    **dict.fromkeys(["acc", "pixel_acc", "pixel_accuracy", *_KERAS_ACCURACIES], "accuracy"),
    **dict.fromkeys(["mean_iou", "mean_io_u", "one_hot_mean_io_u", "m_iou"], "miou"),
    "lr": "learning_rate",
}
"""Our names of metrics by those in other programs, in snake case."""
_TRAINING, _VALIDATION = {"train", "training"}, {"val", "valid", "validation"}


class LogError(UserError):
    """An uploaded file has no curves; the message names it and what to upload instead."""


def read(files: Sequence[tuple[str, bytes]]) -> tuple[list[TrainingCurves], list[str]]:
    """Return the curves of uploaded logs, and one sentence per file without curves.

    There is one result per CSV file and per TensorBoard run folder (with its ``train`` and ``validation`` folders).
    Among TensorBoard event files, other files than CSV are ignored.

    Args:
        files: Path within the upload, with ``/`` between folders, and content of each file.
    """
    folders: dict[str, list[tuple[str, bytes]]] = {}
    tables = []
    for path, content in files:
        if "tfevents" in PurePosixPath(path).name:
            folders.setdefault(_run_folder(path), []).append((path, content))
        else:
            tables.append((path, content))
    if folders:  # a TensorBoard folder also has checkpoints and the like
        tables = [(path, content) for path, content in tables if path.lower().endswith(".csv")]
    readers = [partial(read_table, path, content) for path, content in tables]
    readers += [partial(read_events, *folder) for folder in sorted(folders.items())]  # browsers upload in any order
    found, problems = [], []
    for read_log in readers:
        try:
            found.append(read_log())
        except LogError as error:
            problems.append(str(error))
    return found, problems


def read_table(name: str, content: bytes) -> TrainingCurves:
    """Read a CSV log of Keras or Ultralytics, or the ``history.csv`` of a run.

    Raises:
        LogError: If the file is not one of these.
    """
    wanted = "upload a Keras CSVLogger file, an Ultralytics results.csv, or TensorBoard's event files"
    if not content.strip():
        raise LogError(f"{name} is empty; {wanted}.")
    try:
        text = content.decode("utf-8-sig")
        separator = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=",;\t").delimiter
        table = pd.read_csv(
            io.StringIO(text), sep=separator, skipinitialspace=True, nrows=MAX_ROWS, on_bad_lines="skip"
        )
    except (UnicodeDecodeError, ValueError, csv.Error) as error:
        raise LogError(f"{name} is not a CSV table; {wanted}.") from error
    table.columns = [str(column).strip() for column in table.columns]
    if "epoch" not in table:
        raise LogError(f"{name} has no column epoch, so it is not a training log; {wanted}.")
    table = table.apply(pd.to_numeric, errors="coerce").dropna(subset=["epoch"])
    if table.empty:
        raise LogError(f"{name} has no row with an epoch number; log at least one whole epoch.")
    ultralytics = any(re.fullmatch(r"lr/pg\d+|metrics/.*\([BM]\)", column) for column in table)
    columns = _ultralytics(table) if ultralytics else _keras(table)
    return _curves(name, columns, "Ultralytics results" if ultralytics else "CSV log")


def _keras(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a ``CSVLogger`` file or a ``history.csv`` under our names."""
    result = table.rename(columns=_metric)
    result = result.loc[:, ~result.columns.duplicated()]
    if "time" not in result and "seconds" in result:
        result = result.assign(time=result["seconds"].cumsum())
    return result.drop(columns=["seconds"], errors="ignore")


def _ultralytics(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of an Ultralytics ``results.csv`` under our names; its loss is the sum of several."""
    result = table.filter(["epoch", "time"])
    for part, name in [("train/", "loss"), ("val/", "val_loss")]:
        losses = [column for column in table if column.startswith(part) and column.endswith("loss")]
        if losses:
            result[name] = table[losses].sum(axis=1, min_count=len(losses))
    if "lr/pg0" in table:
        result["learning_rate"] = table["lr/pg0"]
    for column in table:
        if column.startswith("metrics/"):  # measured on the validation split
            result[f"val_{_metric(column.removeprefix('metrics/'))}"] = table[column]
    return result


def read_events(name: str, files: Iterable[tuple[str, bytes]]) -> TrainingCurves:
    """Read the scalars of TensorBoard event files, taking steps as epochs.

    Args:
        name: Name of the curves.
        files: Path and content; a folder ``train`` or ``validation`` in the path tells which part a file logs.

    Raises:
        LogError: If a file is not an event file, or no file has scalars.
    """
    columns: dict[str, dict[int, Scalar]] = {}
    for path, content in files:
        try:
            scalars = tensorboard_events.scalars(content)
        except ValueError as error:
            raise LogError(
                f"{path} is not a TensorBoard event file; upload the original events.out.tfevents… files."
            ) from error
        for scalar in scalars:
            if not scalar.tag.startswith("evaluation_"):  # Keras logs validation per batch under this name too
                points = columns.setdefault(_metric(scalar.tag, PurePosixPath(path).parts[:-1]), {})
                if scalar.step not in points or points[scalar.step].time <= scalar.time:
                    points[scalar.step] = scalar
    if not columns:
        raise LogError(f"{name} has no scalars; log the loss of each epoch, as Keras' TensorBoard callback does.")
    table = pd.DataFrame(
        {column: {step: scalar.value for step, scalar in points.items()} for column, points in columns.items()}
    ).sort_index()
    times = pd.DataFrame(
        {column: {step: scalar.time for step, scalar in points.items()} for column, points in columns.items()}
    ).max(axis=1)
    table["time"] = times - times.min()
    table = table.rename_axis("epoch").reset_index().drop(columns=["seconds"], errors="ignore")
    return _curves(name, table, "TensorBoard")


def _curves(name: str, table: pd.DataFrame, origin: str) -> TrainingCurves:
    """Return curves with one row per epoch, counted from 1; if an epoch is repeated, its last row wins.

    Infinite values become NaN: a chart cannot show them, and one of them could be taken as the best epoch.

    Raises:
        LogError: If no metric has a value.
    """
    table = table.replace([np.inf, -np.inf], np.nan).dropna(axis=1, how="all")
    table = table.drop_duplicates("epoch", keep="last").sort_values("epoch", ignore_index=True)
    if len(table) and table["epoch"].iloc[0] == 0:  # Keras counts from 0
        table["epoch"] += 1
    if "time" not in table:
        table["time"] = float("nan")
    curves = TrainingCurves(name, table.astype(float), origin)
    if not curves.metrics():
        raise LogError(f"{name} has no column with numbers besides epoch; log at least the loss.")
    return curves


def _metric(tag: str, folders: Sequence[str] = ()) -> str:
    """Return our name for a metric: ``Loss/train`` becomes ``loss``, ``validation/epoch_accuracy`` ``val_accuracy``.

    >>> _metric("epoch_loss", ("logs", "validation")), _metric("val_mean_io_u_1"), _metric("epoch")
    ('val_loss', 'val_miou', 'epoch')
    """
    if tag.strip() == "epoch":
        return "epoch"
    words = [word for word in re.split(r"[/_\s.-]+", tag.strip()) if word]
    validation = bool(_VALIDATION & {part.lower() for part in (*words, *folders)})
    ignored = _TRAINING | _VALIDATION | {"epoch"}
    kept = [word for word in words if word.lower() not in ignored]
    base = re.sub(r"_\d+$", "", "_".join(kept).lower())  # Keras numbers repeated metrics
    name = ALIASES.get(base, base)
    if name not in {*METRICS, "time", "seconds"}:
        name = "_".join(kept) if folders or len(kept) != len(words) else tag.strip()
    return f"val_{name}" if validation else name


def _run_folder(path: str) -> str:
    """Return the folder of the run that an event file belongs to, or the file's name if it is in none."""
    folders = [part for part in PurePosixPath(path).parts[:-1] if part.lower() not in _TRAINING | _VALIDATION]
    return "/".join(folders) or PurePosixPath(path).name
