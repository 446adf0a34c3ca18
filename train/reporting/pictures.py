"""The pictures of a report: those that each model does worst and best on, where they may be shown."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from configs.errors import UserError
from data import content, store
from data.label_maps import resize_nearest
from data.label_space import LabelSpace
from data.store import Samples
from data.strips import strip
from models.inference.loading import load_predictor
from train.evaluation.target import Target, target_of
from train.reporting.content import Entry, Report

WORST, BEST = 3, 2
"""Pictures shown of each model."""
HEIGHT = 150
OPEN_LICENCES = ("CC0", "CC BY", "public domain")
"""How the licences begin under which pictures may be passed on."""


@dataclass(frozen=True)
class Example:
    """A picture with its truth and a model's prediction, as a data URL, and what to say of it."""

    caption: str
    source: str


@dataclass(frozen=True)
class Gallery:
    """The examples of every model by name, the scored classes, and why there are none if so."""

    examples: dict[str, list[Example]]
    space: LabelSpace | None = None
    reason: str = ""


def is_open(licence: str) -> bool:
    """Return whether pictures under a licence may be passed on.

    >>> is_open("CC BY-SA 4.0"), is_open("free for research")
    (True, False)
    """
    return licence.lower().startswith(tuple(name.lower() for name in OPEN_LICENCES))


def gallery(report: Report, data_dir: Path) -> Gallery:
    """Predict the pictures that the models do worst and best on; say why if their files can't be used."""
    try:
        samples = store.open_split(report.dataset.name, report.split, data_dir)
        found = {entry.name: list(_examples(entry, report, samples)) for entry in report.entries}
        return Gallery(found, target_of(report.best.model, report.dataset.name).label_space)
    except UserError as error:
        return Gallery({}, reason=str(error))


def _examples(entry: Entry, report: Report, samples: Samples) -> Iterator[Example]:
    """Draw the examples of a model. Raises ``UserError`` if the pictures or classes are not those that were scored."""
    target = _target(entry, report)
    position = {image: index for index, image in enumerate(samples.ids)}
    scored = [position[image] for image in entry.counts.ids if image in position]
    if len(scored) < len(entry.counts.ids) or content.digest(samples.hashes[i] for i in scored) != entry.counts.digest:
        raise UserError(f"{entry.name} was scored on other pictures than those that are here now")
    predictor = load_predictor(entry.model)
    ranked = entry.images
    chosen = {"worst": ranked.head(WORST), "best": ranked.iloc[WORST:].tail(BEST).iloc[::-1]}
    for side, rows in chosen.items():
        for image, miou, worst in rows.itertuples(index=False):
            sample = samples[position[image]]
            labels = resize_nearest(predictor.predict(sample.image).labels, *sample.mask.shape)
            truth, predicted = target.translate(sample.mask, labels)
            drawn = strip(sample.image, truth, predicted, target.label_space, HEIGHT)
            yield Example(f"{side}: {image}, mIoU {miou:.3f}, lowest for {worst}", _data_url(drawn))


def _target(entry: Entry, report: Report) -> Target:
    target = target_of(entry.model, report.dataset.name)
    space = target.label_space
    names = [space.names[class_id] for class_id in space.scored]
    if names != [one.name for one in entry.scores.classes]:
        raise UserError(f"{entry.name} was scored in classes that a class map gave, which the report does not have")
    return target


def _data_url(picture: np.ndarray) -> str:
    """Return a picture, ``(H, W, 4)`` RGBA uint8, as WebP in a data URL."""
    _, encoded = cv2.imencode(".webp", cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA), [cv2.IMWRITE_WEBP_QUALITY, 80])
    return "data:image/webp;base64," + base64.b64encode(encoded.tobytes()).decode()
