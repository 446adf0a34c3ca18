"""The formats a network is exported to, and the precisions it is computed in."""

from typing import Literal

Precision = Literal["float32", "bfloat16"]
Format = Literal["openvino", "onnx"]

TITLES: dict[Format, str] = {"openvino": "OpenVINO", "onnx": "ONNX"}
