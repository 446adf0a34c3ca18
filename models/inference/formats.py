"""Export formats and numeric precisions."""

from typing import Literal

Precision = Literal["float32", "bfloat16"]
Format = Literal["openvino", "onnx"]

TITLES: dict[Format, str] = {"openvino": "OpenVINO", "onnx": "ONNX"}
