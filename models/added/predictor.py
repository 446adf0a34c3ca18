"""Predicts with a network that came as a file, as its ``model.yaml`` says it is called."""

from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data.geometry import Letterbox, image_to_network, letterbox
from data.label_maps import resize_nearest
from data.label_space import LabelSpace
from models.added import description
from models.added.description import Description, Input, Output
from models.added.engines import Engine, output_index
from models.added.first_load import open_engine
from models.added.model import AddedModel
from models.inference.formats import Precision, Requested
from models.inference.predictor import Predictor, check_image, native_precision, resolve_precision, without_void
from models.inference.score_maps import Foreground, LabelScores, Logits, Probabilities, ScoreMap

AXES = {"NHWC": (0, 1, 2, 3), "NCHW": (0, 2, 3, 1)}
AT_ONCE = 128
"""Channels that OpenCV resizes at a time; it takes a longer last axis for a further dimension."""
"""How to transpose each layout to ``(N, H, W, C)``."""

TOLERANCE = 1e-3
"""How far a probability may lie outside 0 to 1: engines round."""


class FilePredictor(Predictor):
    """An added model on its engine."""

    def __init__(self, model: AddedModel, engine: Engine, precision: Precision) -> None:
        """Use an ``engine`` that holds the model's file; see ``load`` for the usual way."""
        self.model = model
        self.precision = precision
        self.engine = engine.name
        self._engine = engine
        self._description = model.description
        self._ids = description.ids_of(self._description, model.label_space)
        name = self._description.output.name
        self._output = 0 if name is None else output_index(engine, name)
        noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
        self.score_map(noise)  # warm up, and see at once if the output does not fit

    @classmethod
    def load(cls, model: AddedModel, precision: Requested = "auto") -> "FilePredictor":
        """Create the predictor of an added model; ``auto`` is float32, as in the program that it comes from.

        Raises ``UserError`` if a file is missing, the engine can't run it, or the description does not fit it.
        """
        if not model.is_ready:
            raise UserError(f"{model.path}: {model.missing_weights_reason()}")
        if precision == "int8":
            raise UserError(f"{model.name} is computed as its file says; choose another precision than int8")
        resolved = "float32" if precision == "auto" else resolve_precision(precision, native_precision())
        described = model.description
        size, layout = described.input.size, described.input.layout
        return cls(model, open_engine(described.engine, model.files, resolved, size, layout), resolved)

    def score_map(self, image: NDArray[np.uint8]) -> ScoreMap:
        """Run the network on an upright RGB image ``(H, W, 3)``."""
        check_image(image)
        section = self._description.input
        box = letterbox((image.shape[0], image.shape[1]), section.size, section.resize)
        outputs = self._engine.infer(network_batch(image, box, section))
        return read_output(outputs[self._output], box, self._description, self._ids, self.model.label_space)

    def network_call(self) -> Callable[[], object]:
        """Return a function that runs only the network, on a random image."""
        height, width = self._description.input.size
        image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        box = letterbox((height, width), (height, width), "stretch")
        return partial(self._engine.infer, network_batch(image, box, self._description.input))


def network_batch(image: NDArray[np.uint8], box: Letterbox, section: Input) -> NDArray[np.float32]:
    """Return the network's input for an upright RGB image ``(H, W, 3)``: ``(1, h, w, 3)`` or ``(1, 3, h, w)``."""
    low, high = section.range
    table = np.linspace(low, high, 256).astype(np.float32)  # one value per grey value, so that rounding is the same
    tables = np.stack([table] * 3)
    if section.mean is not None:
        tables -= np.array(section.mean, np.float32)[:, None]
    if section.std is not None:
        tables /= np.array(section.std, np.float32)[:, None]
    pixels = image_to_network(image, box, section.padding)
    channels = (0, 1, 2) if section.colour == "RGB" else (2, 1, 0)
    planes = np.stack([tables[channel][pixels[..., channel]] for channel in channels])
    return planes[None] if section.layout == "NCHW" else np.ascontiguousarray(np.moveaxis(planes, 0, -1))[None]


def read_output(
    values: NDArray[Any], box: Letterbox, described: Description, ids: tuple[int, ...], space: LabelSpace
) -> ScoreMap:
    """Turn an output of the network into a score map over the ids of ``space``.

    Args:
        values: The output, laid out as ``described`` says, of any size.
        box: Where the image lies in the input.
        described: The description of the model.
        ids: The id of each channel or label.
        space: The classes.

    Raises:
        UserError: If the output does not have the layout, the channels or the labels that were described.
    """
    output = described.output
    plane = _channels_last(values, output)
    if output.kind == "labels":
        labels, box = placed(_labels(plane, ids, space), box)
        return LabelScores(labels, box)
    binary = output.kind.startswith("binary")
    _check_channels(plane, 1 if binary else len(ids))
    _check_scores(plane, output)
    if binary:
        plane, box = placed(np.asarray(plane, np.float32), box)
        threshold = 0.5 if output.threshold is None else output.threshold
        return Foreground(plane, box, (ids[0], ids[1]), threshold, output.kind == "binary_logits")
    scores = np.zeros((*plane.shape[:2], len(space)), np.float32)
    scores[..., list(ids)] = plane
    scores, box = placed(scores, box)
    classes = tuple(sorted(one for one in ids if one != space.void))
    if output.kind == "logits":
        return Logits(scores, box, classes)
    return Probabilities(without_void(scores, space) if space.void in ids else scores, box, classes)


def placed(plane: NDArray[Any], box: Letterbox) -> tuple[NDArray[Any], Letterbox]:
    """Return an output ``(h, w)`` or ``(h, w, C)`` of any size, and where the image lies in it.

    If there is padding, its edge may lie within a pixel of a smaller output, so that is resized to the size of the
    input: labels by nearest neighbour, scores bilinearly.
    """
    size = plane.shape[0], plane.shape[1]
    if size == box.network:
        return plane, box
    if (box.height, box.width) == box.network:
        return plane, Letterbox(box.image, size, 0, 0, *size)
    if plane.dtype == np.uint8:
        return resize_nearest(plane, *box.network), box
    planes, resized = plane.reshape(*size, -1), np.empty((*box.network, plane[0, 0].size), plane.dtype)
    for start in range(0, planes.shape[2], AT_ONCE):
        some = planes[..., start : start + AT_ONCE]
        small = cv2.resize(some, box.network[::-1], interpolation=cv2.INTER_LINEAR)
        resized[..., start : start + AT_ONCE] = small.reshape(*box.network, -1)
    return resized.reshape(*box.network, *plane.shape[2:]), box


def _channels_last(values: NDArray[Any], output: Output) -> NDArray[Any]:
    """Return an output as ``(h, w, C)``, with one channel where the layout has none."""
    if values.ndim != len(output.layout):
        shape = " x ".join(map(str, values.shape))
        raise UserError(f"the model's output is {shape}, which is not {output.layout}; correct output.layout")
    if "N" in output.layout and values.shape[0] != 1:
        raise UserError(f"the model's output holds {values.shape[0]} pictures, although its input was one")
    if output.layout == "HW":
        return values[..., None]
    if output.layout == "NHW":
        return values[0, ..., None]
    return np.asarray(values.transpose(AXES[output.layout])[0])


def _labels(plane: NDArray[Any], ids: tuple[int, ...], space: LabelSpace) -> NDArray[np.uint8]:
    """Translate the labels of a network, ``(h, w, 1)``, to ids ``(h, w)``."""
    _check_channels(plane, 1)
    with np.errstate(invalid="ignore"):  # what is no number becomes a label that there is not
        labels = np.rint(plane[..., 0]).astype(np.int64)
    if labels.min() < 0 or labels.max() >= len(ids):
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise UserError(f"the model returned the label {wrong}, but its classes have the labels 0 to {len(ids) - 1}")
    if space.void in ids and (labels == ids.index(space.void)).any():
        raise UserError(f"the model returned {space.names[space.void]!r}, which is void; give it as a class of its own")
    return np.array(ids, np.uint8)[labels]


def _check_scores(plane: NDArray[Any], output: Output) -> None:
    """Raise ``UserError`` for scores that are no numbers, and for probabilities that are none."""
    low, high = float(plane.min()), float(plane.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise UserError("the model's output holds values that are not finite numbers; correct input.range, mean or std")
    if output.kind in ("probabilities", "binary") and (low < -TOLERANCE or high > 1 + TOLERANCE):
        raise UserError(
            f"the model's output lies between {low:.3g} and {high:.3g}, which are not probabilities; describe it as "
            f"{'binary_logits' if output.kind == 'binary' else 'logits'}"
        )


def _check_channels(plane: NDArray[Any], expected: int) -> None:
    if plane.shape[2] != expected:
        raise UserError(
            f"the model's output has {plane.shape[2]} channels where {expected} were described; "
            "correct the classes, output.kind or output.layout"
        )
