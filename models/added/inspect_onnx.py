"""Reads an ONNX file without its weights: what it says about itself, and what stands against using it.

Nothing of the file is run here, and nothing outside its folder is read.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from configs.errors import UserError
from configs.files import write_bytes
from models.added import onnx_operators, segdeck_metadata, ultralytics_metadata
from models.added.draft import Draft
from models.added.facts import Port

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto


def read(path: Path) -> Draft:
    """Describe the ONNX file at ``path``.

    Raises:
        UserError: If it is no ONNX file, a companion file is missing, its results are random, or it does another task.
    """
    model = _load(path)
    companions = check_external_data(model, path)
    known = {tensor.name for tensor in model.graph.initializer}
    onnx_operators.refuse_random(model, path.name)
    draft = Draft(
        path=path,
        format="onnx",
        files=(path.name, *companions),
        inputs=tuple(_port(value) for value in model.graph.input if value.name not in known),
        outputs=tuple(_port(value) for value in model.graph.output),
        parameters=_parameters(model),
        producer=f"{model.producer_name} {model.producer_version}".removesuffix(" None").strip()[:100],
        warnings=onnx_operators.warnings(model),
    )
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    ultralytics_metadata.read(metadata, draft)
    segdeck_metadata.read(metadata, draft)
    return draft


def write_without_traces(path: Path, target: Path) -> None:
    """Write the ONNX file at ``path`` to ``target`` without the notes on how each operator came to be.

    PyTorch notes the paths and the lines of the programs on the machine that exported it. Weights in a companion stay
    there, under the name that the file gives.
    """
    model = _load(path)
    for node in onnx_operators.nodes(model):
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    write_bytes(target, model.SerializeToString())


def _load(path: Path) -> "ModelProto":
    """Return the model at ``path`` without external weights. Raises ``UserError`` if it is none."""
    import onnx

    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:  # those of protobuf's parser, which have no public name
        raise UserError(f"{path.name} is no ONNX file, or it is damaged") from error
    if not model.graph.node or not model.graph.output:
        raise UserError(f"{path.name} is no ONNX file: it holds no network")
    if not all(isinstance(port.name, str) for port in (*model.graph.input, *model.graph.output)):
        raise UserError(f"{path.name} is damaged: the names of its inputs and outputs are no text")
    return model


def stored_tensors(model: "ModelProto") -> Iterator["TensorProto"]:
    """Yield every stored tensor of a model, those of its nodes, sub-graphs and functions included."""
    for graph in onnx_operators.graphs(model):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for node in onnx_operators.nodes(model):
        for attribute in node.attribute:
            yield from [attribute.t, *attribute.tensors] if attribute.HasField("t") else attribute.tensors


def check_external_data(model: "ModelProto", path: Path) -> tuple[str, ...]:
    """Return the names of the files beside ``path`` that hold its weights, in order of first use.

    Raises ``UserError`` if one lies outside the folder, is missing or is too short.
    """
    import onnx

    needed: dict[str, int] = {}
    for tensor in stored_tensors(model):
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        entries = {entry.key: entry.value for entry in tensor.external_data}
        location = entries.get("location", "")
        try:
            end = int(entries.get("offset", 0)) + int(entries.get("length", 0))
        except ValueError:
            raise UserError(f"{path.name} is damaged: the tensor {tensor.name} lies at no number of bytes") from None
        needed[location] = max(needed.get(location, 0), end)
    for location, length in needed.items():
        _check_companion(path, location, length)
    return tuple(needed)


def _check_companion(path: Path, location: str, length: int) -> None:
    # A name with a folder is refused as well: uploads have none, and the engine would follow links on the way.
    if not location or location in {".", ".."} or re.search(r"[/\\\0]", location):
        raise UserError(
            f"{path.name} keeps its weights in {location!r}; save it again so that they lie in a file beside it, "
            "or with external_data=False in one file"
        )
    companion = path.parent / location
    if companion.is_symlink() or not companion.is_file():
        raise UserError(
            f"{path.name} keeps its weights in the file {location}, which is missing; add both files together, under "
            "these names"
        )
    if companion.stat().st_size < length:
        size = companion.stat().st_size
        raise UserError(f"{location} is cut short: {path.name} needs {length} bytes of it, and it has {size}")


def _port(value: Any) -> Port:
    """Return an input or output; a symbolic length is None. Raises ``UserError`` if it is no array."""
    import onnx

    name = "".join(one if one.isprintable() else " " for one in value.name[:80])  # for sentences, which have one line
    if not value.type.HasField("tensor_type"):
        raise UserError(f"the model's port {name} is no array; export it with plain tensors")
    tensor = value.type.tensor_type
    shape = tuple(axis.dim_value if axis.dim_value > 0 else None for axis in tensor.shape.dim)
    try:
        dtype = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)).name
    except KeyError as error:
        raise UserError(f"the model's port {name} has values of an unknown type; the file is damaged") from error
    return Port(name=value.name, shape=shape, dtype=dtype)


def _parameters(model: "ModelProto") -> int:
    """Count the weights: the elements of all stored arrays that are no scalars and no indices."""
    import onnx

    indices = {onnx.TensorProto.INT64, onnx.TensorProto.BOOL, onnx.TensorProto.STRING}
    arrays = [tensor for tensor in stored_tensors(model) if tensor.dims and tensor.data_type not in indices]
    return int(sum(np.prod(tensor.dims, dtype=np.int64) for tensor in arrays))
