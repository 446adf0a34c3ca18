"""Explains how to run an exported network without SegDeck: in words, as a program, and in a zip with the network."""

import io
import zipfile
from pathlib import Path

from data.geometry import PADDING
from models.inference import int8_overflow
from models.inference.formats import Format
from models.runs.run import Run

_LOAD: dict[Format, tuple[str, str, str]] = {
    "openvino": (
        "openvino",
        'network = openvino.Core().compile_model("{graph}.xml", "CPU", {{"INFERENCE_PRECISION_HINT": "f32"}})',
        "scores = network(batch)[0][0].copy()",
    ),
    "onnx": (
        "onnxruntime",
        'network = onnxruntime.InferenceSession("model.onnx")',
        'scores = network.run(None, {"image": batch})[0][0].copy()',
    ),
}
"""For each format: the package, the line that loads the file, and the line that computes the scores."""


def graph_name(run: Run) -> str:
    """Return the name of the OpenVINO graph that a run is deployed with: in int8 if that is its own precision."""
    return "int8" if run.precision == "int8" else "float32"


def facts(run: Run) -> dict[str, str]:
    """Describe how to call a run's network: a sentence or two under each heading."""
    data, space = run.experiment.data, run.label_space
    height, width = data.image_size
    low, high = data.input_range
    resize = {
        "stretch": f"Resize the picture to {width} x {height} pixels, whatever its shape",
        "letterbox": f"Scale the picture so that it just fits into {width} x {height} pixels, centre it, and fill the "
        f"rest with the grey value {PADDING}",
    }
    cut = "Cut off what was filled. " if data.resize == "letterbox" else ""
    void = ""
    if space.void is not None:
        void = (
            f"Class {space.void} ({space.names[space.void]}) is never predicted: set its scores to 0 and divide those "
            "of each pixel by their sum. "
        )
    described = {
        "input": f"float32 (1, {height}, {width}, 3): one upright picture, rows, columns, and red, green, blue. "
        f"The value 0 of a pixel becomes {low:g}, 255 becomes {high:g}.",
        "resize": f"{resize[data.resize]}; average areas where it shrinks, interpolate linearly where it grows. "
        "Halve a picture first while both sides are even and at least eight times as long as they are to become.",
        "output": f"float32 (1, {height}, {width}, {len(space)}): for every pixel the probability of each class.",
        "labels": f"{void}{cut}Resize the scores (not the labels) linearly to the size of the picture, then take the "
        "class with the highest score of each pixel.",
        "classes": ", ".join(f"{ident} {name}" for ident, name in enumerate(space.names)),
        "data": f"Trained on {run.dataset.title}, {run.dataset.homepage}; terms: {run.dataset.licence}.",
    }
    if run.precision == "int8" and int8_overflow.possible(run):
        described["CPU"] = (
            "Without VNNI (AVX2 only), sums of 8-bit integers overflow in this network, and up to 5 % of the labels "
            'change; add "LP_TRANSFORMS_MODE": False to the settings there, which computes the same in floating point.'
        )
    return described


def snippet(run: Run, form: Format) -> str:
    """Return a Python program that turns a picture into a label map with an exported network."""
    data, void = run.experiment.data, run.label_space.void
    low, high = data.input_range
    package, load, call = _LOAD[form]
    letterbox = data.resize == "letterbox"
    shift = f" {'+' if low > 0 else '-'} {abs(low):g}" if low else ""
    lines = [
        "import cv2",
        "import numpy as np",
        f"import {package}",
        "",
        load.format(graph=graph_name(run)),
        'picture = cv2.imread("picture.jpg")[..., ::-1]  # upright; OpenCV has blue first',
        *_resize_lines(*data.image_size, letterbox=letterbox),
        f"batch = (fitted / 255 * {high - low:g}{shift}).astype(np.float32)[None]",
        call,
    ]
    if void is not None:
        lines += [f"scores[..., {void}] = 0  # never predicted", "scores /= scores.sum(axis=2, keepdims=True)"]
    if letterbox:
        lines += ["scores = scores[top : top + h, left : left + w]"]
    lines += [
        "labels = cv2.resize(scores, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR).argmax(axis=2)",
        'cv2.imwrite("labels.png", labels.astype(np.uint8))',
    ]
    return "\n".join(lines) + "\n"


def _resize_lines(height: int, width: int, *, letterbox: bool) -> list[str]:
    """Return the lines that resize ``picture`` to ``fitted``, of the network's size."""
    size = [f"h, w = {height}, {width}"]
    padding = []
    if letterbox:
        size = [
            f"scale = min({height} / picture.shape[0], {width} / picture.shape[1])",
            "h, w = (max(round(side * scale), 1) for side in picture.shape[:2])",
            f"top, left = ({height} - h) // 2, ({width} - w) // 2",
        ]
        padding = [
            f"padded = np.full(({height}, {width}, 3), {PADDING}, np.uint8)",
            "padded[top : top + h, left : left + w] = fitted",
            "fitted = padded",
        ]
    return [
        *size,
        "fitted = picture",
        "while fitted.shape[0] % 2 == fitted.shape[1] % 2 == 0 and min(fitted.shape[0] / h, fitted.shape[1] / w) >= 8:",
        "    fitted = cv2.resize(fitted, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)",
        "shrunk = min(picture.shape[1], w), min(picture.shape[0], h)",
        "fitted = cv2.resize(fitted, shrunk, interpolation=cv2.INTER_AREA)",
        "fitted = cv2.resize(fitted, (w, h), interpolation=cv2.INTER_LINEAR)",
        *padding,
    ]


def readme(run: Run, name: str, form: Format) -> str:
    """Return the README of a network called ``name``: its facts and the program."""
    description = "\n".join(f"{heading:8} {text}" for heading, text in facts(run).items())
    return f"{name}\n\n{description}\n\nIn Python:\n\n{snippet(run, form)}"


def bundle(run: Run, name: str, graphs: Path) -> bytes:
    """Return a zip with a README and the network in ``graphs``, the folder from ``exported`` or ``quantised``."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in (f"{graph_name(run)}.xml", f"{graph_name(run)}.bin"):
            archive.write(graphs / file, file)
        archive.writestr("README.txt", readme(run, name, "openvino"))
    return content.getvalue()
