"""Networks on OpenVINO: the same outputs in less memory, whatever happens to their files."""

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import openvino
import pytest
from openvino import opset13

from models.inference import compiled_network
from models.inference.compiled_network import CompiledNetwork

SETTINGS = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}


def write(folder, channels, layers=2):
    """Write a network of convolutions with ``channels`` and return its ``.xml``."""
    noise = np.random.default_rng(0)
    given = opset13.parameter([1, channels, 8, 8], np.float32)
    node = given
    for _ in range(layers):
        kernel = noise.normal(0, 0.01, (channels, channels, 3, 3)).astype(np.float32)
        node = opset13.relu(opset13.convolution(node, opset13.constant(kernel), [1, 1], [1, 1], [1, 1], [1, 1]))
    openvino.serialize(openvino.Model([opset13.result(node)], [given]), str(folder / "network.xml"))
    return folder / "network.xml"


def unchanged(network):
    """Leave a network as it is."""


def computed(network, batch):
    with network.outputs(batch) as outputs:
        return np.array(outputs[0])


@pytest.fixture
def batch():
    return np.random.default_rng(1).normal(size=(1, 16, 8, 8)).astype(np.float32)


@pytest.fixture
def expected(tmp_path, batch):
    return openvino.Core().compile_model(str(write(tmp_path, 16)), "CPU", SETTINGS)([batch])[0]


@pytest.mark.parametrize("has_copy", [True, False])
def test_the_outputs_are_those_of_openvino(tmp_path, batch, expected, has_copy, monkeypatch):
    if not has_copy:
        monkeypatch.setattr(compiled_network, "own_file", lambda path: None)
    network = CompiledNetwork(tmp_path / "network.xml", SETTINGS, unchanged)
    assert np.array_equal(computed(network, batch), expected)
    network.release_memory()
    assert np.array_equal(computed(network, batch), expected)


def test_the_network_is_changed_before_it_is_compiled(tmp_path, batch, expected):
    def clip(network):
        result = network.get_results()[0]
        result.input(0).replace_source_output(opset13.clamp(result.input_value(0), 0, 0.01).output(0))

    clipped = computed(CompiledNetwork(tmp_path / "network.xml", SETTINGS, clip), batch)
    assert np.array_equal(clipped, expected.clip(0, 0.01))
    assert clipped.max() < expected.max()


def test_files_that_are_cut_off_or_deleted_later_do_no_harm(tmp_path, batch, expected):
    network = CompiledNetwork(tmp_path / "network.xml", SETTINGS, unchanged)
    (tmp_path / "network.bin").write_bytes(b"")
    assert np.array_equal(computed(network, batch), expected)
    (tmp_path / "network.bin").unlink()
    assert np.array_equal(computed(network, batch), expected)
    assert [file.name for file in tmp_path.iterdir()] == ["network.xml"], "the copy of the weights has no name"


@pytest.mark.parametrize("damage", ["cut off", "missing", "no graph"])
def test_files_that_are_damaged_before_are_refused(tmp_path, expected, damage):
    if damage == "no graph":
        (tmp_path / "network.xml").unlink()
    else:
        weights = tmp_path / "network.bin"
        content = weights.read_bytes()
        weights.unlink() if damage == "missing" else weights.write_bytes(content[: len(content) // 2])
    with pytest.raises(RuntimeError):
        CompiledNetwork(tmp_path / "network.xml", SETTINGS, unchanged)


def test_a_folder_that_can_not_be_written_to_is_no_obstacle(tmp_path, batch, expected, monkeypatch):
    temporary_file = tempfile.TemporaryFile
    tried = []

    def refuse(**where):
        tried.append(where["dir"])
        if where["dir"] is not None:
            raise PermissionError
        return temporary_file()

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    network = CompiledNetwork(tmp_path / "network.xml", SETTINGS, unchanged)
    assert tried == [tmp_path, None]
    assert np.array_equal(computed(network, batch), expected)


def test_several_threads_use_one_network_while_its_memory_is_released(tmp_path, batch, expected):
    network = CompiledNetwork(tmp_path / "network.xml", SETTINGS, unchanged)
    with ThreadPoolExecutor(4) as pool:
        results = [pool.submit(computed, network, batch) for _ in range(200)]
        while not results[-1].done():
            network.release_memory()
    assert all(np.array_equal(result.result(), expected) for result in results)


MEASURE = """
import ctypes, sys
from pathlib import Path
import numpy as np
from models.inference import compiled_network

def resident():
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))

if sys.argv[3] == "read":
    compiled_network.own_file = lambda path: None
folder = Path(sys.argv[1])
compiled_network.CompiledNetwork(Path(sys.argv[2]), {}, lambda network: None)  # loads the plugin
before = resident()
hint = {"INFERENCE_PRECISION_HINT": "f32"}
network = compiled_network.CompiledNetwork(folder / "network.xml", hint, lambda network: None)
with network.outputs(np.zeros((1, 768, 8, 8), np.float32)):
    pass
print(1024 * (resident() - before))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the memory that goes back is measured on Linux")
def test_the_weights_are_in_memory_once(tmp_path):
    (tmp_path / "small").mkdir()
    small = write(tmp_path / "small", 16)
    weights = 4 * 768 * 768 * 9 * 2
    assert write(tmp_path, 768).with_suffix(".bin").stat().st_size == pytest.approx(weights, rel=0.01)
    taken = {}
    for how in ("mapped", "read"):
        command = [sys.executable, "-c", MEASURE, str(tmp_path), str(small), how]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        taken[how] = int(done.stdout)
    assert taken["mapped"] < 1.4 * weights
    assert taken["read"] > taken["mapped"] + 0.8 * weights, "else OpenVINO keeps them once, and the file is not needed"
