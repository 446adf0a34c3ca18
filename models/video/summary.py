"""Condenses the figures of all frames into ``summary.json``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.video import Clip
from models.inference.predictor import Predictor
from models.metrics import temporal

FORMAT = 1
"""Raised when the meaning of a key changes."""


def summarise(
    folder: Path,
    clip: Clip,
    predictors: Sequence[Predictor],
    times: Sequence[int],
    records: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
) -> dict[str, Any]:
    """Return the content of ``summary.json``, from the tables in ``folder`` and the segments' records."""
    steadiness = pd.read_csv(folder / "temporal.csv", usecols=["frame", "time", "model", "compared", "consistency"])
    pairs: list[dict[str, Any]] = []
    if (folder / "agreement.csv").exists():
        table = pd.read_csv(folder / "agreement.csv")
        means = table.groupby(["first", "second"], sort=False)[["agreement", "comparable"]].mean()
        pairs = [
            {
                "first": first,
                "second": second,
                "agreement": _number(row.agreement),
                "comparable": _number(row.comparable),
            }
            for (first, second), row in means.iterrows()
        ]
    return {
        "format": FORMAT,
        "clip": {
            "name": clip.path.name,
            "size": list(clip.size),
            "frames": len(times),
            "time_base": str(clip.time_base),
            "first_time": float(times[0] * clip.time_base),
            "last_time": float(times[-1] * clip.time_base),
        },
        "notes": list(notes),
        "models": [
            _model(predictor, steadiness[steadiness["model"] == predictor.model.name], records)
            for predictor in predictors
        ],
        "agreement": pairs,
    }


def _model(predictor: Predictor, frames: pd.DataFrame, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Summarise a model's steadiness over the pairs of frames of which enough could be compared."""
    name, space = predictor.model.name, predictor.label_space
    counts = np.sum([record["counts"][name] for record in records], axis=0)
    usable = frames[frames["compared"] >= temporal.CUT]
    values, seconds = usable["consistency"].tolist(), usable["time"].tolist()
    numbers = usable["frame"].tolist()
    classes = temporal.class_flicker(counts)
    return {
        "name": name,
        "engine": predictor.engine,
        "consistency": _number(usable["consistency"].mean()),
        "flicker": _number(temporal.flicker(counts)),
        "class_flicker": {space.names[index]: _number(classes[index]) for index in space.scored},
        "compared_pairs": len(usable),
        "least_steady": [
            {"frame": numbers[index], "time": seconds[index], "consistency": _number(values[index])}
            for index in temporal.least_steady(values, seconds)
        ],
    }


def _number(value: float) -> float | None:
    """Return a number as JSON can hold it."""
    return None if np.isnan(value) else round(float(value), 6)
