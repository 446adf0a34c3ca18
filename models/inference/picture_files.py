"""Predicts picture files, one after the other, and writes their label maps."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from configs.files import write_bytes
from data import decode
from data.label_maps import palette_png
from data.label_space import LabelSpace
from models.inference.formats import Precision
from models.inference.loading import load_predictor
from models.inference.predictor import Predictor
from models.runs.familiarity import Verdict
from models.runs.model import Model


@dataclass(frozen=True)
class Outcome:
    """Why a picture could not be predicted, what is to be noted of it, and whether it is like the training pictures.

    "" and None where there is nothing to say.
    """

    failure: str = ""
    note: str = ""
    verdict: Verdict | None = None


def predict_one(predictor: Predictor, picture: Path, target: Path) -> Outcome:
    """Predict a picture and write its label map. Raises ``UserError`` if the engine or the writing fails."""
    try:
        image = decode.read(picture)
    except decode.ImageError as error:
        return Outcome(failure=str(error))
    remark = decode.of_several(picture)
    prediction = predictor.predict(image)
    write_label_map(target, prediction.labels, predictor.label_space)
    return Outcome(note=f"{picture}: {remark}" if remark else "", verdict=prediction.verdict)


def write_label_map(path: Path, labels: NDArray[np.uint8], label_space: LabelSpace) -> None:
    """Write ``labels`` ``(H, W)`` as an 8-bit palette PNG, atomically. Raises ``UserError`` if that fails."""
    try:
        write_bytes(path, palette_png(labels, label_space))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error


class PictureWorker:
    """Predicts pictures in a process of its own, one after the other."""

    def __init__(self, model: Model, precision: Precision) -> None:
        """Load the predictor. Raises ``UserError`` as ``load_predictor``."""
        self._predictor = load_predictor(model, precision)

    def __call__(self, paths: tuple[Path, Path]) -> Outcome:
        """Predict a picture and write its label map."""
        return predict_one(self._predictor, *paths)
