"""Export formats and numeric precisions."""

from typing import Literal, get_args

Precision = Literal["float32", "bfloat16", "int8"]
Requested = Literal["auto", Precision]
Format = Literal["openvino", "onnx"]

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
REQUESTABLE: tuple[Requested, ...] = ("auto", *PRECISIONS)

TITLES: dict[Format, str] = {"openvino": "OpenVINO", "onnx": "ONNX"}
