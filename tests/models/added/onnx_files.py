"""Small ONNX files, as other programs write them."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = 4


def weights(name: str = "weights", channels: int = CLASSES) -> onnx.TensorProto:
    values = np.random.default_rng(3).normal(size=(channels, 3, 3, 3)).astype(np.float32)
    return numpy_helper.from_array(values, name)


def constant(name: str, values) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(values), name)


def conv(source: str, target: str, kernel: str = "weights", stride: int = 1) -> onnx.NodeProto:
    return helper.make_node("Conv", [source, kernel], [target], pads=[1, 1, 1, 1], strides=[stride, stride])


def port(name: str, shape, dtype: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, outputs, *, inputs=None, tensors=None, opset: int = 18, metadata=None, producer: str = "test"):
    """Return a network of ``nodes``; its input is ``image``, (1, 3, 32, 48), unless ``inputs`` says otherwise."""
    inputs = [port("image", [1, 3, 32, 48])] if inputs is None else inputs
    graph = helper.make_graph(nodes, "network", inputs, outputs, [weights()] if tensors is None else tensors)
    opsets = [helper.make_opsetid("", opset)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name=producer)
    helper.set_model_props(made, metadata or {})
    return made


def segmenter(tail: str | None = None, *, metadata=None, producer: str = "test", **attributes) -> onnx.ModelProto:
    """Return a network of one convolution, followed by ``tail``, such as ``Softmax``."""
    if tail is None:
        return model([conv("image", "out")], [port("out", [1, CLASSES, 32, 48])], metadata=metadata, producer=producer)
    kind = TensorProto.INT64 if tail == "ArgMax" else TensorProto.FLOAT
    nodes = [conv("image", "logits"), helper.make_node(tail, ["logits"], ["out"], **attributes)]
    return model(nodes, [port("out", None, kind)], metadata=metadata, producer=producer)


def saved(folder: Path, made: onnx.ModelProto, name: str = "model.onnx", **options) -> Path:
    path = folder / name
    onnx.save(made, path, **options)
    return path
