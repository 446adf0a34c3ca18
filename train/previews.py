"""Writes the label maps of a few images after every epoch, to show how predictions improve.

Only label maps are written, never the images.
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from configs.files import write_bytes
from configs.schema import Data
from data.geometry import Letterbox, image_to_network, letterbox
from data.label_maps import palette_png, resize_nearest
from data.label_space import LabelSpace
from data.pipeline import network_input
from data.samples import pictures as sample_pictures
from data.store import Samples

VALIDATION_IMAGES = 4
LONGEST_SIDE = 256
"""Longest side of a preview, in pixels."""


@dataclass(frozen=True)
class Picture:
    """An image as network input, float32 ``(h, w, 3)``, with its name and its place in that input."""

    name: str
    image: NDArray[np.float32]
    box: Letterbox


def choose(validation: Samples, kind: str | None, data: Data) -> list[Picture]:
    """Return four validation images, evenly spaced in the split, and the sample pictures of the dataset's kind.

    A dataset of unknown kind has no sample pictures.
    """
    count = min(VALIDATION_IMAGES, len(validation))
    samples = [validation[index * len(validation) // count] for index in range(count)]
    named = [(f"val_{sample.id}", sample.image) for sample in samples]
    if kind is not None:
        named += [(f"sample_{picture.name}", picture.load()) for picture in sample_pictures(kind)]
    pictures = []
    for name, image in named:
        box = letterbox(image.shape[:2], data.image_size, data.resize)
        pictures.append(Picture(name, network_input(image_to_network(image, box), data.input_range), box))
    return pictures


def write(folder: Path, epoch: int, model: keras.Model, pictures: list[Picture], label_space: LabelSpace) -> None:
    """Write ``<folder>/<picture>/<epoch>.png`` for each picture: a palette PNG, value = class id."""
    for picture in pictures:
        scores = np.asarray(model.predict_on_batch(picture.image[None]))[0]  # (h, w, C)
        if label_space.void is not None:
            scores[..., label_space.void] = 0
        labels = scores.argmax(axis=-1).astype(np.uint8)
        content = palette_png(_without_padding(labels, picture.box), label_space, optimize=True)
        write_bytes(folder / picture.name / f"{epoch:04d}.png", content)


def _without_padding(labels: NDArray[np.uint8], box: Letterbox) -> NDArray[np.uint8]:
    """Remove the padding of a label map and resize it to the aspect ratio of its picture, by nearest neighbour."""
    labels = labels[box.window]
    height, width = box.image
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    return resize_nearest(labels, max(1, round(height * scale)), max(1, round(width * scale)))
