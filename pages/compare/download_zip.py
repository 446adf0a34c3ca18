"""The zip of the download tab: the models' predictions at the picture's own size, as files for other programs."""

import json
import math
import zipfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import IO, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from configs import csv_tables
from data import label_maps
from data.label_space import LabelSpace
from data.row_chunks import row_chunks
from models.inference.predictor import Prediction, Predictor
from models.metrics import coco
from models.metrics.regions import Region, regions
from models.runs.model import Model, file_digest
from pages.compare.file_names import file_names
from pages.shared.content.images import DISPLAY_SIDE, Picture, display
from pages.shared.content.loaded_models import predictor, weights_digest
from pages.shared.content.predictions import ImagePrediction, ModelPrediction
from pages.shared.ui import memory

OPACITY = 0.55
"""Opacity of the label map in an overlay; the viewer starts with the same."""
PER_PIXEL = 16
"""Bytes that a model's part of the zip takes per pixel of the picture, most of them for finding the objects."""
LONGEST_JPEG = 65_500
"""Longest side of a JPEG in pixels; the overlay of a longer picture is a PNG."""

FILES = SHARES_FILE, OBJECTS_FILE, SETTINGS_FILE, README_FILE = (
    "shares.csv",
    "objects.csv",
    "settings.json",
    "README.txt",
)
"""What lies beside the models' folders."""
SHARES = ("model", "class_id", "class", "pixels", "share", "share_shown")
OBJECTS = ("model", "object", "class_id", "class", "left", "top", "width", "height", "area", "share", "confidence")

README = f"""\
Predictions of SegDeck's models for a picture.

settings.json  The picture, the models and the settings. "weights_sha256" is the SHA-256 of a model's weight file;
               "model_sha256" also changes with what else its predictions depend on, such as int8 or a temperature.
shares.csv     Share of the picture per model and class. "pixels" and "share" are counted on labels.png, at the
               picture's own size. "share_shown" is the share on the page, counted on the label map shown there: its
               longest side is at most {DISPLAY_SIDE} pixels, so for a larger picture the two differ slightly.
objects.csv    Connected regions of each class, the largest first: box and area in pixels of labels.png, the area as a
               share of the picture, and the mean confidence, 0 to 1. Regions smaller than the model's "smallest_object"
               in settings.json are left out.

In each model's folder:

labels.png     The label map: 8 bits, one channel, the size of the upright picture. The value of a pixel is the id of
               its class; its colour comes from the palette.
overlay.jpg    The picture with the label map over it (overlay.png if a side is too long for a JPEG).
objects.json   The objects in COCO format, with their masks (compressed RLE); the id of a category is the class id in
               labels.png, the id of an annotation is "object" in objects.csv.
"""


def write(
    file: IO[bytes], picture: Picture, predictions: Sequence[ModelPrediction]
) -> Generator[tuple[float, str], None, None]:
    """Write the zip into a seekable file, one model at a time, so that one full-size prediction is in memory at most.

    Yields:
        Before each step, the progress (0 to 1) and the name of the step; closing the generator skips the rest.

    Raises:
        UserError: If a model is damaged.
    """
    shares: list[tuple[Any, ...]] = []
    objects: list[tuple[Any, ...]] = []
    models: list[dict[str, Any]] = []
    folders = file_names((one.name for one in predictions), FILES)
    needed = max(picture.cost(), PER_PIXEL * math.prod(display(picture).size))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (one, folder) in enumerate(zip(predictions, folders, strict=True)):
            with memory.share(needed):
                parts = _write_model(archive, folder, picture, one, (shares, objects, models))
                for step, doing in enumerate(parts):
                    yield (number + step / 3) / len(predictions), f"{one.name}: {doing}"
        archive.writestr(SHARES_FILE, csv_tables.text(SHARES, shares))
        archive.writestr(OBJECTS_FILE, csv_tables.text(OBJECTS, objects))
        archive.writestr(SETTINGS_FILE, json.dumps(_settings(picture, models), indent=2))
        archive.writestr(README_FILE, README)


def _write_model(
    archive: zipfile.ZipFile,
    folder: str,
    picture: Picture,
    one: ModelPrediction,
    tables: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[dict[str, Any]]],
) -> Iterator[str]:
    """Write the files of one model, add its rows to the tables, and yield the name of each step before it."""
    shares, objects, models = tables
    name, space = one.name, one.run.label_space
    yield "masks at the picture's own size"
    model = predictor(one.run)
    full = model.predict(picture.pixels())
    shares += _share_rows(name, space, full, one.prediction)
    models.append(_model(name, folder, one.run, model))
    # PNG and JPEG are compressed already.
    archive.writestr(f"{folder}/labels.png", label_maps.palette_png(full.labels, space), zipfile.ZIP_STORED)
    yield "overlay"
    suffix, content = overlay(picture.pixels(), full.labels, space)
    archive.writestr(f"{folder}/overlay{suffix}", content, zipfile.ZIP_STORED)
    yield "objects"
    found, indices = regions(full.labels, full.confidence, space, one.run.smallest_object)
    objects += _object_rows(name, space, found, indices.size)
    document = coco.document(picture.name, found, indices, space, f"Predicted by {name} (SegDeck)")
    archive.writestr(f"{folder}/objects.json", json.dumps(document))


def overlay(pixels: NDArray[np.uint8], labels: NDArray[np.uint8], label_space: LabelSpace) -> tuple[str, bytes]:
    """Blend a label map, ``(H, W)``, over its picture, ``(H, W, 3)`` RGB; return the file's suffix and its bytes."""
    blended = label_maps.overlay(pixels, labels, label_space, OPACITY)
    for rows in row_chunks(blended.shape):
        blended[rows] = blended[rows, :, ::-1]  # BGR, as OpenCV writes it
    if max(labels.shape) > LONGEST_JPEG:
        return ".png", cv2.imencode(".png", blended)[1].tobytes()
    return ".jpg", cv2.imencode(".jpg", blended, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def _share_rows(name: str, space: LabelSpace, full: Prediction, shown: ImagePrediction) -> list[tuple[Any, ...]]:
    size, counts = full.labels.size, label_maps.label_histogram(full.labels).tolist()
    return [
        (name, index, space.names[index], counts[index], counts[index] / size, shown.shares[index])
        for index in space.scored
    ]


def _object_rows(name: str, space: LabelSpace, found: list[Region], pixels: int) -> list[tuple[Any, ...]]:
    return [
        (name, number, one.ident, space.names[one.ident], *one.box, one.area, one.area / pixels, one.confidence)
        for number, one in enumerate(found, start=1)
    ]


def _model(name: str, folder: str, run: Model, model: Predictor) -> dict[str, Any]:
    return {
        "name": name,
        "folder": folder,
        "dataset": run.dataset.name,
        "network": run.network,
        "weights_sha256": file_digest(run.weights),
        "model_sha256": weights_digest(run),
        "engine": model.engine,
        "precision": model.precision,
        "input_size": run.input_size,
        "resize": run.resize,
        "smallest_object": run.smallest_object,
    }


def _settings(picture: Picture, models: list[dict[str, Any]]) -> dict[str, Any]:
    height, width = display(picture).size
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
            "dataset": asdict(picture.item) if picture.item else None,
        },
        "overlay_opacity": OPACITY,
        "models": models,
    }
