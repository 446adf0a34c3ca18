"""ONNX Runtime on the exported ONNX file, as it is and quantised by ONNX Runtime's own tools."""

import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.inference import export
from train.engines.network import Batch, Infer, Network, cores


def float32(network: Network) -> Infer:
    """Return the exported file in a session."""
    return export.using(network.run, "onnx", lambda folder: _session(folder / "model.onnx"))


def int8(network: Network) -> Infer:
    """Return the file after static quantisation to pairs of QuantizeLinear and DequantizeLinear (QDQ).

    Weights have a scale for each channel, values one for each tensor, from the smallest and the largest value on the
    calibration pictures. The softmax stays in float32, as in OpenVINO's int8 networks.
    """
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.registry import QDQRegistry
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        prepared, quantised = Path(folder) / "prepared.onnx", Path(folder) / "int8.onnx"
        try:
            export.using(
                network.run,
                "onnx",
                lambda home: quant_pre_process(home / "model.onnx", prepared, skip_symbolic_shape=True),
            )
            quantize_static(
                prepared,
                quantised,
                _reader(network.pictures),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=sorted(set(QDQRegistry) - {"Softmax"}),
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
            )
        finally:
            logging.disable(logging.NOTSET)
        return _session(quantised)


def _session(file: Path) -> Infer:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    # Its threads would go on spinning while the next engine is measured.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(["scores"], {"image": batch})[0]


def _reader(pictures: tuple[Batch, ...]) -> Any:
    """Return the pictures as ONNX Runtime reads them for calibration."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.left: Iterator[Batch] = iter(pictures)

        def get_next(self) -> dict[str, Batch] | None:
            batch = next(self.left, None)
            return None if batch is None else {"image": batch}

    return Reader()
