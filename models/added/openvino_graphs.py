"""Ports and errors of ``openvino.Model``, in SegDeck's words."""

import re
from typing import Any

import numpy as np

from configs.errors import UserError
from models.added.facts import Port

WHOLE = {"ENABLE_MMAP": False}
"""Setting of ``openvino.Core`` that reads weights into memory: a mapped file that is cut off ends the process."""


def ports(graph: Any) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Return inputs and outputs of an ``openvino.Model``. Raises ``UserError`` if their values have an unknown type."""
    return _ports(graph.inputs, "input"), _ports(graph.outputs, "output")


def _ports(ports: list[Any], kind: str) -> tuple[Port, ...]:
    return tuple(
        Port(
            name=_name(port) or f"{kind}{index}",
            shape=shape_of(port),
            dtype=_dtype(port),
        )
        for index, port in enumerate(ports)
    )


def _dtype(port: Any) -> str:
    kind = port.get_element_type()
    try:
        return str(np.dtype(kind.to_dtype()).name)
    except (IndexError, RuntimeError, TypeError) as error:
        raise UserError(
            f"a port of the model has values of type {kind.get_type_name()}, which no array has; the file is damaged"
        ) from error


def _name(port: Any) -> str:
    """Return the name that a port has in its file, of all that OpenVINO knows for it; empty if it has none."""
    names = sorted(port.get_names(), key=lambda name: (len(name), name))
    friendly = port.get_node().get_friendly_name().removesuffix("/sink_port_0")
    return friendly if friendly in names else next(iter(names), "")


def shape_of(port: Any) -> tuple[int | None, ...]:
    """Return the shape of a port of an ``openvino.Model``; empty if even the number of axes is unknown."""
    shape = port.get_partial_shape()
    if shape.rank.is_dynamic:
        return ()
    return tuple(None if axis.is_dynamic else axis.get_length() for axis in shape)


def reason(error: Exception) -> str:
    """Return what matters in an OpenVINO error, which mentions its own source files and runs over many lines."""
    text = str(error)
    if failed := re.search(
        r"(?:No conversion rule found for|Conversion is failed for):? ?(?:operations:)? *([^\n]+)", text
    ):
        return f"it can't convert {re.sub(r'-[0-9]+', '', failed[1]).strip()[:200]}"
    lines = [line.strip() for line in text.splitlines()]
    useful = [line for line in lines if line and not re.match(r"Exception from|Check '|\S*\.(cpp|hpp|h):", line)]
    return (useful or lines or ["no reason given"])[-1][:300].rstrip(".")
