"""The results of a clip as typed records: what ``summary.json`` holds, and the curves of the tables."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs import csv_tables, text_files
from configs.errors import UserError

SUMMARY = "summary.json"
FORMAT = 1
"""Raised when the meaning of a key changes."""

MAX_BYTES = 10_000_000
"""The largest summary; that of ten models with 255 classes each has 200 kB."""

Measure = Literal["consistency", "flicker", "compared"]


@dataclass(frozen=True)
class Moment:
    """A frame that is unlike the one before; the time is in seconds, as everywhere here."""

    frame: int
    time: float
    consistency: float


@dataclass(frozen=True)
class ModelResult:
    """How steady a model is, over the pairs of frames that could be compared; see ``models.metrics.temporal``.

    Attributes:
        consistency: The mean over these pairs, 0 to 1; None if there are none.
        flicker: The share of all compared pixels that changed their class, 0 to 1.
        class_flicker: The same of the pixels of each class; None for a class that was never predicted.
        compared_pairs: The number of these pairs.
        least_steady: The frames with the lowest consistency, lowest first.
        unlike: The share of the frames that are unlike those the model was trained on; None if it cannot tell.
    """

    name: str
    engine: str
    consistency: float | None
    flicker: float | None
    class_flicker: dict[str, float | None]
    compared_pairs: int
    least_steady: tuple[Moment, ...]
    unlike: float | None = None


@dataclass(frozen=True)
class PairResult:
    """How far two models agree, as means over all frames; see ``models.metrics.agreement``."""

    first: str
    second: str
    agreement: float | None
    comparable: float | None


@dataclass(frozen=True)
class ClipFacts:
    """What is known about the clip; ``size`` is height and width of the upright frames."""

    name: str
    size: tuple[int, int]
    frames: int
    time_base: str
    first_time: float
    last_time: float


@dataclass(frozen=True)
class Summary:
    """The content of ``summary.json``; ``notes`` are what there is to know about the clip, one clause each."""

    clip: ClipFacts
    notes: tuple[str, ...]
    models: tuple[ModelResult, ...]
    agreement: tuple[PairResult, ...]
    format: int = FORMAT


def dump(summary: Summary) -> str:
    """Return a summary as JSON."""
    return msgspec.json.format(msgspec.json.encode(summary), indent=2).decode() + "\n"


def load(folder: Path) -> Summary:
    """Read the summary in a folder of results. Raises ``UserError`` if there is none, or it is not valid."""
    path = folder / SUMMARY
    text = text_files.read(path, "the summary of a clip", MAX_BYTES)
    try:
        summary = msgspec.json.decode(text, type=Summary)
    except msgspec.MsgspecError as error:
        raise UserError(f"{path}: is not the summary of a clip ({error}); predict the clip again") from error
    if summary.format != FORMAT:
        raise UserError(f"{path}: has the format {summary.format}, not {FORMAT}; predict the clip again")
    return summary


def steadiness(folder: Path, measure: Measure) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the times and the values of a measure for each model, ``(N,)`` each; ``nan`` for the first frame."""
    table = read_table(folder / "temporal.csv", ["time", "model", measure])
    return {name: _curve(rows, measure) for name, rows in table.groupby("model", sort=False)}


def agreements(folder: Path) -> dict[tuple[str, str], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the times and the agreement for each pair of models, ``(N,)`` each; empty for a single model."""
    if not (folder / "agreement.csv").exists():
        return {}
    table = read_table(folder / "agreement.csv", ["time", "first", "second", "agreement"])
    return {names: _curve(rows, "agreement") for names, rows in table.groupby(["first", "second"], sort=False)}


def shares(folder: Path, model: str) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Return the times, and the share of the frame of each class that a model can predict, ``(N,)`` each."""
    table = read_table(folder / "shares.csv")
    rows = table[table["model"] == model].dropna(axis="columns", how="all")
    start = "share: "
    names = [column for column in rows.columns if column.startswith(start)]
    return rows["time"].to_numpy(), {name.removeprefix(start): rows[name].to_numpy() for name in names}


def read_table(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table, or some of its columns. Raises ``UserError`` if it can't be read."""
    names = dict.fromkeys(("model", "first", "second"), csv_tables.plain)  # a name of digits is no number
    try:
        return pd.read_csv(path, usecols=columns, keep_default_na=False, na_values=[""], converters=names)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); predict the clip again") from error


def _curve(rows: pd.DataFrame, column: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return rows["time"].to_numpy(np.float64), rows[column].to_numpy(np.float64)
