"""Models as they lie on disk: a network and its ``model.yaml``, for tests."""

from pathlib import Path
from typing import Any

import onnx
from onnx import helper

from configs.yaml_loader import dump_yaml
from models.added import description
from models.added.model import AddedModel
from tests.models.added.onnx_files import CLASSES, conv, model, port, saved, weights

NAMES = ["background", "tall thing", "flat thing", "rest"]
SIZE = (32, 48)


def content(**changes: Any) -> dict[str, Any]:
    """Return the content of a valid ``model.yaml``; a change such as ``input__range`` is made in that section."""
    described: dict[str, Any] = {
        "source": {
            "files": ["model.onnx"],
            "format": "onnx",
            "original": "model.onnx",
            "producer": "test",
            "parameters": 108,
        },
        "engine": "openvino",
        "input": {
            "name": None,
            "size": list(SIZE),
            "layout": "NCHW",
            "colour": "RGB",
            "range": [0, 1],
            "mean": None,
            "std": None,
            "resize": "stretch",
            "padding": 114,
        },
        "output": {"name": None, "kind": "logits", "layout": "NCHW", "threshold": None},
        "classes": {"names": NAMES, "dataset": None, "colours": None, "void": None, "concepts": {}},
        "smallest_object": 0.0005,
    }
    for path, value in changes.items():
        *sections, key = path.split("__")
        section = described
        for name in sections:
            section = section[name]
        section[key] = value
    return described


def added(folder: Path, network: onnx.ModelProto | None = None, **changes: Any) -> AddedModel:
    """Write a model to ``folder`` and return it; ``changes`` as for ``content``."""
    folder.mkdir(parents=True, exist_ok=True)
    saved(folder, head() if network is None else network)
    (folder / description.FILE).write_text(dump_yaml(content(**changes)))
    return AddedModel(folder)


def head(
    tail: str | None = None,
    *,
    stride: int = 1,
    channels: int = CLASSES,
    channels_last: bool = False,
    size: tuple[int | str, int | str] = SIZE,
    **attributes: Any,
) -> onnx.ModelProto:
    """Return a network of one convolution with a ``stride``, then ``tail``, such as ``Softmax``.

    With ``channels_last`` its input and output are NHWC.
    """
    height, width = size
    nodes, source, shape = [], "image", [1, 3, height, width]
    if channels_last:
        nodes, source, shape = [helper.make_node("Transpose", ["image"], ["planes"], perm=[0, 3, 1, 2])], "planes", [
            1, height, width, 3,
        ]  # fmt: skip
    nodes.append(conv(source, "logits", stride=stride))
    last = "logits"
    if tail is not None:
        nodes.append(helper.make_node(tail, [last], ["tail"], **attributes))
        last = "tail"
    if channels_last and attributes.get("keepdims", 1):
        nodes.append(helper.make_node("Transpose", [last], ["out"], perm=[0, 2, 3, 1]))
    else:
        nodes.append(helper.make_node("Identity", [last], ["out"]))
    kind = onnx.TensorProto.INT64 if tail == "ArgMax" else onnx.TensorProto.FLOAT
    return model(nodes, [port("out", None, kind)], inputs=[port("image", shape)], tensors=[weights(channels=channels)])
