"""Operators of an ONNX file that are random, or that OpenVINO computes otherwise than ONNX defines them.

Source: about 400 graphs of one operator each, in ONNX Runtime 1.31.1 and OpenVINO 2026.4.1.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from configs.errors import UserError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

_RANDOM = frozenset({
    "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli",
})  # fmt: skip


def nodes(model: "ModelProto") -> list["NodeProto"]:
    """Return all nodes of a model: of its graph, the graphs inside its nodes, and its functions."""
    return [
        *(node for graph in graphs(model) for node in graph.node),
        *(node for function in model.functions for node in function.node),
    ]


def graphs(model: "ModelProto") -> Iterator["GraphProto"]:
    """Yield the graph of a model and the graphs inside its nodes."""
    waiting = [model.graph, *(inner for function in model.functions for inner in _inner(function.node))]
    while waiting:
        graph = waiting.pop()
        yield graph
        waiting += _inner(graph.node)


def _inner(outer: Iterable["NodeProto"]) -> list["GraphProto"]:
    """Return the graphs in the attributes of nodes, such as the branches of an If."""
    attributes = [attribute for node in outer for attribute in node.attribute]
    single = [attribute.g for attribute in attributes if attribute.HasField("g")]
    return single + [graph for attribute in attributes for graph in attribute.graphs]


def refuse_random(model: "ModelProto", name: str) -> None:
    """Raise ``UserError`` if the results of a model are random, as after an export in training mode."""
    constants = _constants(model)
    for node in nodes(model):
        training = _attribute(node, "training_mode", 0)
        if node.op_type == "Dropout" and len(node.input) > 2:
            training = constants.get(node.input[2], False)
        if node.op_type in _RANDOM or (node.op_type in {"Dropout", "BatchNormalization"} and training):
            raise UserError(
                f"{name} was exported in training mode: its operator {node.op_type} makes its results random; "
                "call model.eval() before the export"
            )


def _constants(model: "ModelProto") -> dict[str, Any]:
    """Return the value of every stored scalar by its name."""
    from onnx import numpy_helper

    found = {tensor.name: tensor for tensor in model.graph.initializer if not tensor.dims}
    for node in nodes(model):
        if node.op_type == "Constant" and node.attribute and node.attribute[0].HasField("t"):
            found[node.output[0]] = node.attribute[0].t
    small = {key: tensor for key, tensor in found.items() if not tensor.dims and not tensor.external_data}
    return {key: numpy_helper.to_array(tensor).item() for key, tensor in small.items()}


def _attribute(node: "NodeProto", name: str, default: Any) -> Any:
    """Return an attribute of a node, in Python's types."""
    from onnx import helper

    found = [attribute for attribute in node.attribute if attribute.name == name]
    value = helper.get_attribute_value(found[0]) if found else default
    return value.decode() if isinstance(value, bytes) else value


def warnings(model: "ModelProto") -> list[str]:
    """Return a sentence for each kind of operator that OpenVINO computes otherwise, or doesn't know."""
    opset = max((entry.version for entry in model.opset_import if entry.domain in {"", "ai.onnx"}), default=1)
    ranks = _ranks(model)
    found = [sentence for node in nodes(model) if (sentence := _warning(node, opset, ranks))]
    return list(dict.fromkeys(found))


def _ranks(model: "ModelProto") -> dict[str, int]:
    """Return the number of axes of every value whose shape the file declares or onnx can infer."""
    import onnx

    try:
        graph = onnx.shape_inference.infer_shapes(model).graph if model.ByteSize() < 2**30 else model.graph
    except Exception:  # noqa: BLE001 - shapes only decide about a warning, and onnx raises errors of no common type
        graph = model.graph
    values = [*graph.input, *graph.value_info, *graph.output]
    return {value.name: len(value.type.tensor_type.shape.dim) for value in values if value.type.HasField("tensor_type")}


def _warning(node: "NodeProto", opset: int, ranks: dict[str, int]) -> str | None:
    """Return what to know about one node, or None."""
    kind = node.op_type
    if kind in {"Softmax", "LogSoftmax"} and opset in {11, 12}:
        rank, axis = ranks.get(node.input[0], 4), _attribute(node, "axis", 1)
        if rank == 4 and axis % rank != rank - 1:
            return (
                f"{kind} of opset {opset} is defined over the whole map, but OpenVINO computes it for each pixel: the "
                "classes are the same, the confidences are not."
            )
    if kind == "Resize":
        return _resize_warning(node)
    if kind == "MaxPool" and _attribute(node, "ceil_mode", 0) and any(_attribute(node, "pads", [])):
        return "MaxPool with ceil_mode and padding gives another size in OpenVINO for some input sizes."
    if kind == "ConvTranspose" and _attribute(node, "output_shape", None):
        padding = _attribute(node, "auto_pad", "NOTSET")
        if padding.startswith("SAME"):
            return f"ConvTranspose with output_shape and auto_pad={padding} gives other values in OpenVINO."
    if kind == "MaxUnpool" or (kind == "Pad" and _attribute(node, "mode", "constant") == "wrap"):
        return f"OpenVINO does not have {kind}{' with mode=wrap' if kind == 'Pad' else ''}."
    return None


def _resize_warning(node: "NodeProto") -> str | None:
    unknown = [name for name in ("antialias", "exclude_outside") if _attribute(node, name, 0)]
    if _attribute(node, "keep_aspect_ratio_policy", "stretch") != "stretch":
        unknown.append("keep_aspect_ratio_policy")
    if unknown:
        return f"OpenVINO does not follow {' and '.join(unknown)} of Resize: its result differs from ONNX Runtime's."
    if _attribute(node, "coordinate_transformation_mode", "half_pixel") == "half_pixel_symmetric":
        return "OpenVINO does not have Resize with half_pixel_symmetric."
    return None
