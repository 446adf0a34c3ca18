"""Condenses the figures of all frames into a summary."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.video import Clip
from models.inference.predictor import Predictor
from models.metrics import temporal
from models.video.results import ClipFacts, ModelResult, Moment, PairResult, Summary, read_table


def summarise(
    folder: Path,
    clip: Clip,
    predictors: Sequence[Predictor],
    times: Sequence[int],
    records: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
) -> Summary:
    """Return the summary of the tables in ``folder`` and the segments' records."""
    steadiness = read_table(folder / "temporal.csv", ["frame", "time", "model", "compared", "consistency"])
    unlike = _unlike(folder)
    models = tuple(
        _model(predictor, steadiness[steadiness["model"] == name], records, unlike.get(name))
        for name, predictor in ((predictor.model.name, predictor) for predictor in predictors)
    )
    pairs: tuple[PairResult, ...] = ()
    if len(predictors) > 1:
        table = read_table(folder / "agreement.csv", ["first", "second", "agreement", "comparable"])
        means = table.groupby(["first", "second"], sort=False).mean()
        pairs = tuple(
            PairResult(first, second, _number(row.agreement), _number(row.comparable))
            for (first, second), row in means.iterrows()
        )
    first, last = (float(time * clip.time_base) for time in (times[0], times[-1]))
    facts = ClipFacts(clip.path.name, clip.size, len(times), str(clip.time_base), first, last)
    return Summary(facts, tuple(notes), models, pairs)


def _unlike(folder: Path) -> dict[str, float]:
    """Return the share of unlike frames of each model that can tell."""
    if not (folder / "familiarity.csv").exists():
        return {}
    table = read_table(folder / "familiarity.csv", ["model", "unlike"])
    return {name: round(float(share), 6) for name, share in table.groupby("model")["unlike"].mean().items()}


def _model(
    predictor: Predictor, frames: pd.DataFrame, records: Sequence[Mapping[str, Any]], unlike: float | None
) -> ModelResult:
    """Summarise a model's steadiness over the pairs of frames of which enough could be compared."""
    name, space = predictor.model.name, predictor.label_space
    counts = np.sum([record["counts"][name] for record in records], axis=0)
    usable = frames[frames["compared"] >= temporal.CUT]
    numbers, seconds = usable["frame"].tolist(), usable["time"].tolist()
    values = usable["consistency"].tolist()
    classes = temporal.class_flicker(counts)
    return ModelResult(
        name=name,
        engine=predictor.engine,
        consistency=_number(usable["consistency"].mean()),
        flicker=_number(temporal.flicker(counts)),
        class_flicker={space.names[index]: _number(classes[index]) for index in space.scored},
        compared_pairs=len(usable),
        least_steady=tuple(
            Moment(numbers[index], seconds[index], values[index]) for index in temporal.least_steady(values, seconds)
        ),
        unlike=unlike,
    )


def _number(value: float) -> float | None:
    """Return a number as JSON can hold it."""
    return None if np.isnan(value) else round(float(value), 6)
