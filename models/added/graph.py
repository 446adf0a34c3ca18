"""What the graph of a network, as OpenVINO reads it, tells: how it starts, how it ends and how large it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from models.added import openvino_graphs
from models.added.draft import Draft

Ending = Literal["softmax", "sigmoid", "argmax", "comparison", "other"]

_ENDINGS: dict[str, Ending] = {
    "Softmax": "softmax",
    "Sigmoid": "sigmoid",
    "TopK": "argmax",
    "Greater": "comparison",
    "GreaterEqual": "comparison",
}
_MOVES = frozenset({
    "Convert", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Interpolate", "FakeQuantize", "Slice",
    "StridedSlice", "Result",
})  # fmt: skip
"""Operations that do not change what the values mean."""

_RANDOM = frozenset({"RandomUniform", "Multinomial", "RandomPoisson"})

_AFFINE = frozenset({"Add", "Subtract", "Multiply", "Divide"})


@dataclass(frozen=True)
class Start:
    """The arithmetic with which a network starts: ``scale * value + shift``, one of each per channel or for all."""

    scale: NDArray[np.float64]
    shift: NDArray[np.float64]


def read(path: Path) -> Any:
    """Return the ``openvino.Model`` at ``path``. Raises ``UserError`` if OpenVINO can't read it."""
    import openvino

    try:
        return openvino.Core().read_model(path)
    except (RuntimeError, TypeError, ValueError) as error:
        raise UserError(f"OpenVINO can't read {path.name}: {openvino_graphs.reason(error)}") from error


def ending(graph: Any, index: int) -> Ending:
    """Return how output ``index`` is computed."""
    node = graph.outputs[index].get_node()
    while node.get_type_name() in _MOVES and node.get_input_size():
        node = node.input_value(0).get_node()
    return _ENDINGS.get(node.get_type_name(), "other")


def parameters(graph: Any) -> int:
    """Count the weights: the elements of all constants of more than one axis or as long as the axis of a channel."""
    constants = [node for node in graph.get_ops() if node.get_type_name() == "Constant"]
    floats = [node for node in constants if node.get_element_type().is_real() or _is_small_integer(node)]
    return int(sum(np.prod(node.get_output_shape(0), dtype=np.int64) for node in floats if node.get_output_shape(0)))


def _is_small_integer(node: Any) -> bool:
    return node.get_element_type().get_type_name() in {"i8", "u8", "i4", "u4"}


def start(graph: Any) -> Start:
    """Return the arithmetic on the input before the first layer that has several consumers or does anything else."""
    scale, shift = np.ones(1), np.zeros(1)
    output = graph.inputs[0]
    while len(targets := list(output.get_target_inputs())) == 1:
        node = targets[0].get_node()
        kind = node.get_type_name()
        if kind in _AFFINE:
            operands = [node.input_value(position) for position in range(2)]
            position = 1 - targets[0].get_index()
            value = _constant(operands[position].get_node())
            if value is None or (position == 0 and kind in {"Subtract", "Divide"}):
                break
            if kind in {"Multiply", "Divide"} and not value.all():
                break
            scale, shift = _applied(kind, value, scale, shift)
        elif kind not in {"Convert", "Transpose", "Identity"}:
            break
        output = node.output(0)
    return Start(scale, shift)


def _applied(
    kind: str, value: NDArray[np.float64], scale: NDArray[np.float64], shift: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return scale and shift after one more operation with a constant."""
    if kind in {"Add", "Subtract"}:
        return scale, shift + (value if kind == "Add" else -value)
    factor = value if kind == "Multiply" else 1 / value
    return scale * factor, shift * factor


def _constant(node: Any) -> NDArray[np.float64] | None:
    """Return the one or three values of a constant, also of one stored in half precision; None for anything else."""
    while node.get_type_name() in {"Convert", "Reshape"}:
        node = node.input_value(0).get_node()
    if node.get_type_name() != "Constant" or np.prod(node.get_output_shape(0)) not in {1, 3}:
        return None
    value = np.asarray(node.get_data(), np.float64).ravel()
    return value if np.isfinite(value).all() else None


def range_after(graph_start: Start) -> tuple[float, float] | None:
    """Return what 0 and 255 have to become in front of a network that normalises by itself; None if it doesn't.

    Networks are trained on values of about -3 to 3, so only one range fits.
    """
    scale, shift = graph_start.scale, graph_start.shift
    if np.allclose(scale, 1) and np.allclose(shift, 0):
        return None
    if np.allclose(scale, 1) and np.all(np.abs(shift) > 20):
        return 0.0, 255.0  # only the mean is subtracted, as Caffe did
    for high in (255.0, 1.0):
        low_end, high_end = np.minimum(shift, scale * high + shift), np.maximum(shift, scale * high + shift)
        if np.all(high_end - low_end > 0.9) and np.all(low_end > -3.5) and np.all(high_end < 3.5):
            return 0.0, high
    return None


def describe(graph: Any, draft: Draft) -> None:
    """Add to ``draft`` what its graph tells: its size and whether it normalises the picture by itself.

    Raises ``UserError`` if its results are random.
    """
    if random := sorted({node.get_type_name() for node in graph.get_ops()} & _RANDOM):
        raise UserError(
            f"{draft.path.name} was exported in training mode: its operator {random[0]} makes its results random; "
            "export it for inference"
        )
    draft.parameters = draft.parameters or parameters(graph)
    if (found := range_after(start(graph))) is not None:
        reason = "the network itself begins with the normalisation of such values"
        draft.hint("range", found, reason)
        draft.hint("mean", None, reason)
        draft.hint("std", None, reason)
