"""Quantises small networks simply, without NNCF, for tests of what becomes of an int8 network."""

import numpy as np
import openvino

from configs.files import sha256
from models.inference import quantisation
from models.inference.export import exported
from models.inference.predictor import noise
from models.inference.quantisation import Quantisation, Quantiser
from models.runs.run import Run


def quantised(run: Run) -> Run:
    """Write the quantisation of a run's convolutions into its folder, and return the run in int8."""
    simple(run).write(run.quantisation)
    run.calibration_images.write_text("ab" * 32 + "\n")
    return run.in_precision("int8")


def simple(run: Run) -> Quantisation:
    """Quantise the convolutions by the ranges of the kernels, and by those of their inputs for one random picture."""
    graph = read(run)
    nodes = quantisation.operations(graph)
    places = [index for index, node in enumerate(nodes) if node.get_type_name() == "Convolution"]
    kernels = [nodes[index].input_value(1).get_node().data.copy() for index in places]
    structure = quantisation.fingerprint(graph)
    graph.add_outputs([nodes[index].input_value(0) for index in places])
    values = list(openvino.Core().compile_model(graph, "CPU")(noise(run)).values())[1:]
    quantisers = []
    for index, kernel, value in zip(places, kernels, values, strict=True):
        widest = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True)
        low, high = (np.full((1, 1, 1, 1), bound, np.float32) for bound in (value.min(), value.max()))
        quantisers += [Quantiser(((index, 0),), 256, low, high), Quantiser(((index, 1),), 255, -widest, widest)]
    return Quantisation(sha256(run.weights), structure, tuple(quantisers), {}, {"bytes": 4321})


def read(run: Run) -> openvino.Model:
    """Return a run's float32 graph."""
    return openvino.Core().read_model(exported(run) / "float32.xml")
