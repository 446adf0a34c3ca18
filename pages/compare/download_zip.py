"""The zip that a visitor takes away: every model's answer at the picture's own size, as files for other programs."""

import json
import re
import unicodedata
import zipfile
from collections.abc import Generator, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data import label_maps
from data.decode import SUFFIXES
from data.label_space import LabelSpace
from data.row_chunks import row_chunks
from models.inference.predictor import Prediction
from models.metrics import coco
from models.metrics.regions import Region, regions
from models.runs.run import Run
from pages.shared.content import predictions
from pages.shared.content.images import DISPLAY_SIDE, Picture
from pages.shared.content.predictions import Answer, Found

OPACITY = 0.55
"""Of the label map in an overlay; the viewer begins with the same."""
LONGEST_JPEG = 65_500
"""Pixels on a side, at most; the overlay of a picture that is longer is a PNG."""
LONGEST_NAME = 60
"""Characters of a file name; a character takes up to four bytes, and file systems allow 255."""

SHARES = ("model", "class_id", "class", "pixels", "share", "share_shown")
OBJECTS = ("model", "object", "class_id", "class", "left", "top", "width", "height", "area", "share", "confidence")

README = f"""\
What the models of SegDeck say about a picture.

settings.json  The picture, the models (each with the SHA-256 of its weights) and the settings.
shares.csv     Part of the picture per model and class. "pixels" and "share" are counted on labels.png, at the picture's
               own size. "share_shown" is what the page shows, counted on its own label map: that is {DISPLAY_SIDE}
               pixels long at most, so for a larger picture the two differ a little.
objects.csv    Connected regions of the classes, the largest first: box and area in pixels of labels.png, the area as a
               share of the picture, and the mean confidence, 0 to 1. Regions smaller than the model's "smallest_object"
               in settings.json are left out.

In each model's folder:

labels.png     The label map: 8 bits, one channel, as large as the upright picture. A pixel's value is the id of its
               class, its colour comes from the palette.
overlay.jpg    The picture with the label map over it (overlay.png if a side is longer than a JPEG can be).
objects.json   The objects in COCO's format, with their masks (compressed RLE); a category's id is the class's id in
               labels.png, an annotation's id is "object" in objects.csv.
"""


def write(file: IO[bytes], picture: Picture, found: Sequence[Found]) -> Generator[tuple[float, str], None, None]:
    """Write the zip, one model after the other, so that no more than one full-size answer is in memory.

    Args:
        file: Where to; must be able to seek.
        picture: The picture.
        found: Name, run and answer of each model.

    Yields:
        Before each step, how much is done (0 to 1) and what comes next; dropping the iterator leaves the rest undone.

    Raises:
        UserError: If a model is damaged.
    """
    shares: list[tuple[Any, ...]] = []
    objects: list[tuple[Any, ...]] = []
    models: list[dict[str, Any]] = []
    folders = file_names(name for name, _, _ in found)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for done, ((name, run, answer), folder) in enumerate(zip(found, folders, strict=True)):
            yield done / len(found), f"{name}: masks at the picture's own size"
            predictor = predictions.predictor(run)
            prediction = predictor.predict(picture.pixels())
            shares += _share_rows(name, run.label_space, prediction, answer)
            models.append(_model(name, folder, run, predictor.precision))
            _store(archive, f"{folder}/labels.png", label_maps.palette_png(prediction.labels, run.label_space))
            yield (done + 1 / 3) / len(found), f"{name}: overlay"
            suffix, content = overlay(picture.pixels(), prediction.labels, run.label_space)
            _store(archive, f"{folder}/overlay{suffix}", content)
            yield (done + 2 / 3) / len(found), f"{name}: objects"
            smallest = run.experiment.evaluate.smallest_object
            things, places = regions(prediction.labels, prediction.confidence, run.label_space, smallest)
            objects += _object_rows(name, run.label_space, things, places.size)
            document = coco.document(picture.name, things, places, run.label_space, f"Predicted by {name} (SegDeck)")
            archive.writestr(f"{folder}/objects.json", json.dumps(document))
        archive.writestr("shares.csv", _csv(SHARES, shares))
        archive.writestr("objects.csv", _csv(OBJECTS, objects))
        archive.writestr("settings.json", json.dumps(_settings(picture, models), indent=2))
        archive.writestr("README.txt", README)


def overlay(pixels: NDArray[np.uint8], labels: NDArray[np.uint8], label_space: LabelSpace) -> tuple[str, bytes]:
    """Lay a label map over its picture.

    Args:
        pixels: ``(H, W, 3)`` RGB.
        labels: ``(H, W)`` ids of ``label_space``.
        label_space: Gives the colours.

    Returns:
        The suffix of the file, and its bytes.
    """
    blended = label_maps.overlay(pixels, labels, label_space, OPACITY)
    for rows in row_chunks(blended.shape):
        blended[rows] = blended[rows, :, ::-1]  # BGR, as OpenCV writes it
    if max(labels.shape) > LONGEST_JPEG:
        return ".png", cv2.imencode(".png", blended)[1].tobytes()
    return ".jpg", cv2.imencode(".jpg", blended, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def archive_name(picture: Picture) -> str:
    """Return the name of the zip for a picture."""
    stem = Path(picture.name).stem if Path(picture.name).suffix.lower() in SUFFIXES else picture.name
    return f"segdeck_{file_name(stem)}.zip"


def file_names(texts: Iterable[str]) -> list[str]:
    """Return a file name for each text, all different on every file system."""
    found: list[str] = []
    for text in texts:
        name, number = file_name(text), 1
        while name.casefold() in map(str.casefold, found):
            number += 1
            name = f"{file_name(text)}_{number}"
        found.append(name)
    return found


def file_name(text: str) -> str:
    """Return ``text`` as a name that every file system takes, and that cannot lead out of its folder.

    >>> file_name("../Möwe, am Meer?.jpg"), file_name("NUL"), file_name("???")
    ('Möwe_am_Meer_.jpg', '_NUL', 'unnamed')
    """
    name = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFKC", text)).strip("._-")[:LONGEST_NAME].rstrip("._-")
    if re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name, re.IGNORECASE):  # devices on Windows
        return f"_{name}"
    return name or "unnamed"


def _store(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file whose format is compressed already."""
    archive.writestr(name, content, zipfile.ZIP_STORED)


def _csv(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    return str(pd.DataFrame(rows, columns=list(columns)).to_csv(index=False))


def _share_rows(name: str, space: LabelSpace, prediction: Prediction, answer: Answer) -> list[tuple[Any, ...]]:
    labels = prediction.labels
    counts = label_maps.label_histogram(labels).tolist()
    return [
        (name, ident, space.names[ident], counts[ident], counts[ident] / labels.size, answer.shares[ident])
        for ident in space.scored
    ]


def _object_rows(name: str, space: LabelSpace, things: list[Region], pixels: int) -> list[tuple[Any, ...]]:
    return [
        (
            name,
            index,
            thing.ident,
            space.names[thing.ident],
            *thing.box,
            thing.area,
            thing.area / pixels,
            thing.confidence,
        )
        for index, thing in enumerate(things, start=1)
    ]


def _model(name: str, folder: str, run: Run, precision: str) -> dict[str, Any]:
    return {
        "name": name,
        "folder": folder,
        "dataset": run.dataset.name,
        "network": run.experiment.model.architecture,
        "weights_sha256": predictions.weights_digest(run),
        "precision": precision,
        "input_size": list(run.experiment.data.image_size),
        "resize": run.experiment.data.resize,
        "smallest_object": run.experiment.evaluate.smallest_object,
    }


def _settings(picture: Picture, models: list[dict[str, Any]]) -> dict[str, Any]:
    height, width = picture.pixels().shape[:2]
    return {
        "made_with": f"SegDeck on OpenVINO {version('openvino')}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "picture": {
            "name": picture.name,
            "width": width,
            "height": height,
            "sha256": picture.digest,
            "sha256_of": "the pixels" if picture.sample else "the file",
            "credit": picture.credit,
            "dataset": asdict(picture.place) if picture.place else None,
        },
        "overlay_opacity": OPACITY,
        "models": models,
    }
