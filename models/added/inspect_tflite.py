"""Reads a TFLite file: its operators, its quantisation, and the label list that may be appended to it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from configs.errors import UserError
from data import class_files
from models.added import tflite_metadata
from models.added.draft import Draft
from models.added.engines import LiteRTEngine

_LABELS_LIMIT = 2**20
_WEIGHT_TYPES = frozenset({0, 1, 2, 3, 9, 17})
"""Codes of the tensor types that hold weights: float32, float16, int32 (biases), uint8, int8 and int4."""


def read(path: Path) -> tuple[Draft, LiteRTEngine]:
    """Describe the TFLite file at ``path`` and load it on LiteRT.

    Raises ``UserError`` if it is no TFLite file, or needs an operator that LiteRT does not have.
    """
    content = path.read_bytes()
    if content[4:8] != b"TFL3":
        raise UserError(f"{path.name} is no TFLite file, or it is damaged")
    tables = _tables(content, path.name)
    if tables.custom:
        raise UserError(f"{path.name} needs the operator {', '.join(tables.custom)}, which LiteRT does not have")
    engine = LiteRTEngine(path)
    draft = Draft(path, "tflite", (path.name,), engine.inputs, engine.outputs, parameters=tables.parameters)
    draft.producer = tables.description
    draft.hint("layout", "NHWC", "TFLite files are", certain=False)
    tflite_metadata.read(tables.metadata, draft)
    if (names := _labels(path)) is not None:
        draft.hint("class_names", names, "the label list in the file names them")
    return draft, engine


@dataclass(frozen=True)
class _Tables:
    """What the tables of a file say."""

    description: str
    custom: list[str]  # names of the operators that are not TFLite's own
    parameters: int
    metadata: bytes


def _tables(content: bytes, name: str) -> _Tables:
    """Read the file's tables. Raises ``UserError`` if they are damaged."""
    from ai_edge_litert import schema_py_generated as schema

    try:
        model = schema.Model.GetRootAsModel(content, 0)
        description = (model.Description() or b"").decode("utf-8", "replace")[:100]
        return _Tables(description, _custom_operators(model), _parameters(model), _metadata(model))
    except Exception as error:  # a damaged table gives errors of many types
        raise UserError(f"{name} is no TFLite file, or it is damaged") from error


def _metadata(model: Any) -> bytes:
    entries = [model.Metadata(index) for index in range(model.MetadataLength())]
    found = [entry.Buffer() for entry in entries if entry.Name() == b"TFLITE_METADATA"]
    return bytes(model.Buffers(found[0]).DataAsNumpy()) if found else b""


def _custom_operators(model: Any) -> list[str]:
    """Return the names of the operators that are not among TFLite's own."""
    codes = [model.OperatorCodes(index).CustomCode() for index in range(model.OperatorCodesLength())]
    return sorted({code.decode("utf-8", "replace") for code in codes if code} - {"TFLite_Detection_PostProcess"})


def _parameters(model: Any) -> int:
    """Count the weights: the elements of all stored arrays but indices and shapes."""
    graph = model.Subgraphs(0)
    tensors = [graph.Tensors(index) for index in range(graph.TensorsLength())]
    stored = [
        tensor
        for tensor in tensors
        if tensor.Type() in _WEIGHT_TYPES and tensor.ShapeLength() and model.Buffers(tensor.Buffer()).DataLength()
    ]
    # A vector of int32 that no scale belongs to is a shape, not a bias.
    weights = [t for t in stored if t.Type() != 2 or (t.Quantization() and t.Quantization().ScaleLength())]
    return int(sum(np.prod(tensor.ShapeAsNumpy(), dtype=np.int64) for tensor in weights))


def _labels(path: Path) -> tuple[str, ...] | None:
    """Return the class names in the zip that TFLite's metadata tools append to a file; None if there is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            texts = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".txt")]
            if len(texts) != 1 or texts[0].file_size > _LABELS_LIMIT:
                return None
            text = archive.read(texts[0]).decode("utf-8")
    except (zipfile.BadZipFile, OSError, UnicodeDecodeError, NotImplementedError, RuntimeError):
        return None
    try:
        return class_files.in_order(class_files.parse(text, ".txt", texts[0].filename), texts[0].filename)
    except UserError:
        return None
