import dataclasses
import itertools

import numpy as np
import openvino
import pytest

from configs.errors import UserError
from models.inference import quantisation
from models.inference.predictor import noise
from tests.models.int8 import read, simple


@pytest.fixture(scope="module")
def made(tiny):
    return simple(tiny)


def run_graph(graph: openvino.Model, batch: np.ndarray) -> np.ndarray:
    return openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(batch)[0].copy()


def renamed(graph: openvino.Model) -> openvino.Model:
    """Give every operation another name, as another way of exporting the same network does."""
    for number, node in enumerate(graph.get_ordered_ops()):
        node.set_friendly_name(f"renamed_{number}")
    return graph


def test_the_graph_computes_in_int8_and_says_nearly_the_same(tiny, made):
    batch = noise(tiny)
    plain, graph = read(tiny), read(tiny)
    made.applied(graph)
    kinds = [node.get_type_name() for node in graph.get_ordered_ops()]
    assert kinds.count("FakeQuantize") == 7, "one for the input of each convolution"
    constants = [node for node in graph.get_ordered_ops() if node.get_type_name() == "Constant"]
    integers = [node for node in constants if node.get_element_type().to_string() == "i8"]
    assert len(integers) == 7, "one kernel for each convolution"
    before, after = run_graph(plain, batch), run_graph(graph, batch)
    assert 0 < np.abs(before - after).max() < 0.2
    assert np.mean(before.argmax(axis=3) == after.argmax(axis=3)) > 0.95


def test_what_was_written_is_read_back_and_has_the_same_bytes_again(made, tmp_path):
    given = dataclasses.replace(made, constants={(3, 1): np.array([[1.5, -2]], np.float32)})
    given.write(tmp_path / "one.npz")
    found = quantisation.read(tmp_path / "one.npz")
    assert (found.weights, found.graph, found.facts) == (given.weights, given.graph, given.facts)
    for one, other in itertools.zip_longest(found.quantisers, given.quantisers):
        assert (one.places, one.levels) == (other.places, other.levels)
        np.testing.assert_array_equal([one.low, one.high], [other.low, other.high])
    np.testing.assert_array_equal(found.constants[3, 1], given.constants[3, 1])
    found.write(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_it_fits_the_same_network_under_other_names(tiny, made):
    batch = noise(tiny)
    ours, others = read(tiny), renamed(read(tiny))
    for graph in (ours, others):
        made.applied(graph)
    np.testing.assert_array_equal(run_graph(ours, batch), run_graph(others, batch))


def test_another_network_is_refused(tiny_void, made):
    with pytest.raises(UserError, match=r"another graph.* models\.quantize"):
        made.applied(read(tiny_void))


def test_biases_are_replaced(tiny, made):
    graph = read(tiny)
    nodes = quantisation.operations(graph)
    biased = next(
        (index, port)
        for index, node in enumerate(nodes)
        if node.get_type_name() == "Add"
        for port in (0, 1)
        if node.input_value(port).get_node().get_type_name() == "Constant"
    )
    values = np.array(nodes[biased[0]].input_value(biased[1]).get_node().data) + 1
    dataclasses.replace(made, constants={biased: values}).applied(graph)
    plain = read(tiny)
    made.applied(plain)
    assert np.abs(run_graph(plain, noise(tiny)) - run_graph(graph, noise(tiny))).max() > 0.01


@pytest.mark.parametrize("length", [0, 1, 100, -100, -1])
def test_a_damaged_file_is_named(made, tmp_path, length):
    file = tmp_path / "int8.npz"
    made.write(file)
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(UserError, match=r"int8\.npz.* models\.quantize"):
        quantisation.read(file)


def test_a_missing_file_and_one_of_another_layout_are_named(made, tmp_path, monkeypatch):
    file = tmp_path / "int8.npz"
    with pytest.raises(UserError, match=r"int8\.npz can't be read"):
        quantisation.read(file)
    monkeypatch.setattr(quantisation, "SCHEMA", 2)
    made.write(file)
    monkeypatch.setattr(quantisation, "SCHEMA", 1)
    with pytest.raises(UserError, match=r"int8\.npz has the layout 2"):
        quantisation.read(file)


def test_the_graph_made_without_nncf_is_nncfs_own(tiny, tmp_path):
    nncf = pytest.importorskip("nncf")
    batches = [noise(tiny) * scale for scale in (0.5, 1)]
    own = nncf.quantize(read(tiny), nncf.Dataset(batches), subset_size=2)
    options = nncf.AdvancedQuantizationParameters(backend_params={"compress_weights": False})
    uncompressed = nncf.quantize(read(tiny), nncf.Dataset(batches), subset_size=2, advanced_parameters=options)
    quantisation.between(read(tiny), uncompressed, "weights", {}).write(tmp_path / "int8.npz")
    ours = renamed(read(tiny))
    quantisation.read(tmp_path / "int8.npz").applied(ours)
    for batch in batches:
        np.testing.assert_array_equal(run_graph(own, batch), run_graph(ours, batch))
