"""TFLite files on LiteRT: its interpreter, and the ports of a file."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from configs.errors import UserError
from models.added.facts import Port


def interpreter(path: Path) -> Any:
    """Return a LiteRT interpreter with its tensors allocated. Raises ``UserError`` if LiteRT can't run the file."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    failure: Exception | None = None
    # XNNPACK, which the default resolver brings, refuses some files of older converters that the kernels can run.
    for resolver in (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        try:
            made = Interpreter(model_path=str(path), experimental_op_resolver_type=resolver)
            made.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            failure = error
        else:
            return made
    text = str(failure)
    if custom := re.search(r"unresolved custom op: (\w+)", text):
        raise UserError(f"{path.name} needs the operator {custom[1]}, which LiteRT does not have")
    raise UserError(f"LiteRT can't run {path.name}: {first_line(failure)}") from failure


def ports(loaded: Any) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Return inputs and outputs of an interpreter."""
    inputs, outputs = loaded.get_input_details(), loaded.get_output_details()
    return tuple(_port(detail) for detail in inputs), tuple(_port(detail) for detail in outputs)


def _port(detail: dict[str, Any]) -> Port:
    """Return a port from LiteRT's description; an axis is dynamic where the signature says -1."""
    shape = detail.get("shape_signature")
    shape = detail["shape"] if shape is None or not len(shape) else shape
    scales, zero_points = detail["quantization_parameters"]["scales"], detail["quantization_parameters"]["zero_points"]
    scale, zero_point = (float(scales[0]), int(zero_points[0])) if len(scales) else (None, None)
    dims = tuple(None if length < 0 else int(length) for length in shape)
    return Port(
        name=detail["name"], shape=dims, dtype=np.dtype(detail["dtype"]).name, scale=scale, zero_point=zero_point
    )


def first_line(error: object) -> str:
    """Return the first line of an error, shortened."""
    return (str(error).strip().splitlines() or ["no reason given"])[0][:300].rstrip(".")
