"""The engines that run a model file: OpenVINO, LiteRT and, where it is installed, ONNX Runtime."""

import threading
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from configs.errors import UserError
from models.added import litert, openvino_graphs
from models.added.answers import EngineName
from models.added.facts import Port
from models.added.litert import first_line
from models.inference.formats import Precision

Array = NDArray[Any]


class Engine(Protocol):
    """A network on an engine. Several threads may use one at once."""

    @property
    def name(self) -> str:
        """Engine, version and precision, such as ``OpenVINO 2026.4.1 float32``."""

    @property
    def inputs(self) -> tuple[Port, ...]:
        """The inputs, in the file's order."""

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The outputs, in the file's order."""

    def infer(self, batch: NDArray[np.float32]) -> list[Array]:
        """Run the network on one picture, in its own layout and range, and return all outputs in the file's order.

        Integer inputs are quantised and quantised outputs dequantised. Raises ``UserError`` if the engine can't.
        """


def output_index(engine: Engine, name: str) -> int:
    """Return the position of the output called ``name``. Raises ``UserError``, listing the names, if there is none."""
    names = [port.name for port in engine.outputs]
    if name not in names:
        raise UserError(f"the model has no output {name!r}; its outputs are {', '.join(names)}")
    return names.index(name)


def quantised(values: NDArray[np.float32], port: Port) -> Array:
    """Convert real values to a port's type: scaled if it is quantised, rounded and clipped if it holds integers."""
    dtype = np.dtype(port.dtype)
    if port.scale:
        values = values / np.float32(port.scale) + np.float32(port.zero_point or 0)
    if not np.issubdtype(dtype, np.integer):
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.rint(values), limits.min, limits.max).astype(dtype)


def dequantised(values: Array, port: Port) -> Array:
    """Return the real values of a quantised output, ``float32``; other outputs as they are."""
    if not port.scale:
        return values
    return (values.astype(np.float32) - np.float32(port.zero_point or 0)) * np.float32(port.scale)


def title(name: EngineName, precision: Precision) -> str:
    """Return an engine with its version and precision, such as ``OpenVINO 2026.4.1 float32``.

    Raises ``UserError`` if it is not installed.
    """
    if name == "openvino":
        import openvino

        return f"OpenVINO {openvino.__version__.split('-')[0]} {precision}"
    if name == "litert":
        return f"LiteRT {version('ai-edge-litert')}"
    try:
        import onnxruntime
    except ImportError as error:
        raise UserError("ONNX Runtime is not installed; pip install onnxruntime adds it") from error
    return f"ONNX Runtime {onnxruntime.__version__} float32"


def load(name: EngineName, path: Path, precision: Precision) -> Engine:
    """Load a file on an engine; a bad file may take this process down, so ``first_load.open_engine`` is the usual way.

    Raises ``UserError`` if it can't be loaded, or the engine computes in float32 only.
    """
    if name == "openvino":
        return OpenVINOEngine(path, precision)
    if precision != "float32":
        raise UserError(f"{name} computes as the file says; choose the precision float32 or auto")
    return LiteRTEngine(path) if name == "litert" else OnnxRuntimeEngine(path)


class OpenVINOEngine:
    """An ONNX file, an OpenVINO IR or a TFLite file on OpenVINO."""

    def __init__(self, path: Path, precision: Precision = "float32") -> None:
        """Compile the file at ``path``. Raises ``UserError`` if OpenVINO can't read or compile it."""
        import openvino

        self.name = title("openvino", precision)
        hints = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
        }
        try:
            # By path and in two steps: bytes lose the files beside it, and one step may find an outdated cache.
            core = openvino.Core()
            core.set_property(openvino_graphs.WHOLE)
            graph = core.read_model(path)
            self.inputs, self.outputs = openvino_graphs.ports(graph)
            if path.suffix.lower() in {".tflite", ".lite"}:  # OpenVINO reads the same ports without their scales
                self.inputs, self.outputs = litert.ports(litert.interpreter(path))
            self._request = core.compile_model(graph, "CPU", hints).create_infer_request()
        except (RuntimeError, TypeError, ValueError) as error:
            raise UserError(f"{self.name} can't run {path.name}: {openvino_graphs.reason(error)}") from error
        self._lock = threading.Lock()

    def infer(self, batch: NDArray[np.float32]) -> list[Array]:
        """Run the network; see ``Engine.infer``."""
        values = quantised(batch, self.inputs[0])
        with self._lock:
            try:
                results = self._request.infer([values])
            except (RuntimeError, TypeError, ValueError) as error:
                raise UserError(
                    f"{self.name} failed on an input of shape {batch.shape}: {openvino_graphs.reason(error)}"
                ) from error
            copies = [np.array(results[index]) for index in range(len(self.outputs))]  # the next call overwrites them
        return [dequantised(copy, port) for copy, port in zip(copies, self.outputs, strict=True)]


class LiteRTEngine:
    """A TFLite file on LiteRT, the engine that the file was made for."""

    def __init__(self, path: Path) -> None:
        """Load the file at ``path``. Raises ``UserError`` if LiteRT can't, naming operators that it doesn't know."""
        self.name = title("litert", "float32")
        self._interpreter = litert.interpreter(path)
        self.inputs, self.outputs = litert.ports(self._interpreter)
        self._lock = threading.Lock()

    def infer(self, batch: NDArray[np.float32]) -> list[Array]:
        """Run the network; see ``Engine.infer``."""
        interpreter = self._interpreter
        port = interpreter.get_input_details()[0]
        try:
            with self._lock:
                if tuple(port["shape"]) != batch.shape:
                    interpreter.resize_tensor_input(port["index"], batch.shape, strict=True)
                    interpreter.allocate_tensors()
                interpreter.set_tensor(port["index"], quantised(batch, self.inputs[0]))
                interpreter.invoke()
                results = [interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()]
        except (RuntimeError, ValueError) as error:
            raise UserError(f"{self.name} failed on an input of shape {batch.shape}: {first_line(error)}") from error
        return [dequantised(result, output) for result, output in zip(results, self.outputs, strict=True)]


class OnnxRuntimeEngine:
    """An ONNX file on ONNX Runtime, where that is installed: a second opinion on what OpenVINO computes."""

    def __init__(self, path: Path) -> None:
        """Load the file at ``path``. Raises ``UserError`` if ONNX Runtime is absent or can't run the file."""
        self.name = title("onnxruntime", "float32")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions have no common type
            raise UserError(f"ONNX Runtime can't run {path.name}: {first_line(error)}") from error
        self.inputs = tuple(_onnxruntime_port(port) for port in self._session.get_inputs())
        self.outputs = tuple(_onnxruntime_port(port) for port in self._session.get_outputs())

    def infer(self, batch: NDArray[np.float32]) -> list[Array]:
        """Run the network; see ``Engine.infer``."""
        try:
            return list(self._session.run(None, {self.inputs[0].name: quantised(batch, self.inputs[0])}))
        except Exception as error:  # its exceptions have no common type
            raise UserError(f"{self.name} failed on an input of shape {batch.shape}: {first_line(error)}") from error


_ONNXRUNTIME_TYPES: dict[str, DTypeLike] = {"tensor(float)": np.float32, "tensor(double)": np.float64}


def _onnxruntime_port(port: Any) -> Port:
    shape = tuple(axis if isinstance(axis, int) else None for axis in port.shape)
    named = port.type.removeprefix("tensor(").removesuffix(")")
    dtype = _ONNXRUNTIME_TYPES.get(port.type, "bool" if named == "bool" else named)
    return Port(name=port.name, shape=shape, dtype=np.dtype(dtype).name)
