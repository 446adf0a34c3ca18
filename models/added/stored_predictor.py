"""Looks stored predictions up, where a network would compute them."""

import zipfile
import zlib
from collections.abc import Callable
from typing import Any, NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data.geometry import Letterbox, letterbox
from models.added import stored
from models.added.stored import CONFIDENCE, StoredPredictions, pixel_digest
from models.inference.predictor import Predictor, check_image
from models.inference.score_maps import LabelScores

LEVELS = 65535
"""Confidence is stored in 16 bits."""


class StoredPredictor(Predictor):
    """Stored predictions, found by the pixels of the picture."""

    def __init__(self, model: StoredPredictions) -> None:
        """Open the label maps. Raises ``UserError`` if they can't be read."""
        self.model = model
        self._description = model.description
        self.precision = "float32"
        self.engine = f"predictions from {self._description.source}"
        try:
            with zipfile.ZipFile(model.weights) as members, np.load(model.weights, allow_pickle=False) as maps:
                if sum(member.file_size for member in members.infolist()) > stored.LARGEST:
                    raise UserError(f"{model.weights} is larger than {stored.LARGEST / 2**30:g} GiB when unpacked")
                self._maps = {name: maps[name].tobytes() for name in maps.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise UserError(f"{model.weights} is damaged; remove the model and add it again") from error

    def score_map(self, image: NDArray[np.uint8]) -> LabelScores:
        """Return the stored prediction for an upright RGB image. Raises ``UserError`` if there is none that fits."""
        check_image(image)
        digest = pixel_digest(image)
        if digest not in self._maps:
            about = self._description
            raise UserError(
                f"{self.model.name} has predictions for the pictures of {about.dataset} {about.split} only, "
                "and this is none of them"
            )
        size = image.shape[0], image.shape[1]
        labels = np.asarray(self._plane(digest, size), np.uint8)
        confidence = None
        if digest + CONFIDENCE in self._maps:
            confidence = self._plane(digest + CONFIDENCE, size).astype(np.float32) / np.float32(LEVELS)
        return LabelScores(labels, whole(labels.shape[0], labels.shape[1]), confidence)

    def _plane(self, name: str, size: tuple[int, int]) -> NDArray[np.uint16] | NDArray[np.uint8]:
        """Decode a plane. Raises ``UserError`` if it can't be, or has another size than the picture."""
        plane = _decoded(self._maps[name])
        if plane is None or plane.shape != size:
            has = "can't be decoded" if plane is None else f"is {'x'.join(map(str, plane.shape[1::-1]))}"
            raise UserError(
                f"{self.model.weights}: the prediction {name[:8]} {has}, for a picture of {size[1]}x{size[0]} "
                "(width x height); remove the model and add it again"
            )
        return plane

    def network_call(self) -> Callable[[], object]:
        """Raise ``UserError``: there is no network to time."""
        return self._no_network

    def _no_network(self) -> NoReturn:
        raise UserError(f"{self.model.name} has no network, so there is nothing to time")


def whole(height: int, width: int) -> Letterbox:
    """Return the place of an image that is as large as its scores."""
    return letterbox((height, width), (height, width), "stretch")


def encoded(plane: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return a plane ``(H, W)`` as the bytes of a PNG."""
    return np.asarray(cv2.imencode(".png", plane)[1], np.uint8)


def _decoded(content: bytes) -> NDArray[np.uint16] | NDArray[np.uint8] | None:
    plane: Any = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED) if content else None
    return None if plane is None else np.asarray(plane)
