import subprocess
import sys

import numpy as np
import openvino
import pytest
from openvino import opset13 as opset

from configs import schema
from configs.paths import ROOT
from models.inference import export
from models.inference.graph_summary import Layer, gmacs, layers, read


def test_a_network_counted_by_hand(tiny):
    """The tiny U-Net for pets: 8 filters at 32x48, 16 at 16x24, three classes."""
    found = layers(tiny)
    full, half = 32 * 48, 16 * 24
    expected = [
        # Parameters are those of the kernel and of the bias.
        ("convolution 1", (3, 3), (32, 48, 8), 9 * 3 * 8 + 8, full * 9 * 3 * 8),
        ("convolution 2", (3, 3), (32, 48, 8), 9 * 8 * 8 + 8, full * 9 * 8 * 8),
        ("max pooling 1", (2, 2), (16, 24, 8), 0, 0),
        ("convolution 3", (3, 3), (16, 24, 16), 9 * 8 * 16 + 16, half * 9 * 8 * 16),
        ("convolution 4", (3, 3), (16, 24, 16), 9 * 16 * 16 + 16, half * 9 * 16 * 16),
        # each of its input's pixels is multiplied with the whole kernel
        ("transposed convolution 1", (3, 3), (32, 48, 8), 9 * 16 * 8 + 8, half * 9 * 16 * 8),
        ("concatenation 1", None, (32, 48, 16), 0, 0),
        ("convolution 5", (3, 3), (32, 48, 8), 9 * 16 * 8 + 8, full * 9 * 16 * 8),
        ("convolution 6", (3, 3), (32, 48, 8), 9 * 8 * 8 + 8, full * 9 * 8 * 8),
        ("convolution 7", (1, 1), (32, 48, 3), 8 * 3 + 3, full * 8 * 3),
        ("softmax 1", None, (32, 48, 3), 0, 0),
    ]
    assert [(one.name, one.kernel, one.shape, one.parameters, one.macs) for one in found] == expected
    assert gmacs(tiny) == pytest.approx(sum(row[-1] for row in expected) / 1e9)
    assert sum(layer.parameters for layer in found) == tiny.parameters()
    stages = list(dict.fromkeys(layer.stage for layer in found))
    assert stages == ["down 32 × 48", "bottom 16 × 24", "up 32 × 48"]
    assert [layer.activation for layer in found] == ["ReLU", "ReLU", "", "ReLU", "ReLU", "", "", "ReLU", "ReLU", "", ""]
    assert [layer.stride for layer in found if layer.stride != (1, 1)] == [(2, 2), (2, 2), None, None]


DESIGN = {
    # config: parameters in the graph, GMACs of the encoder, of the decoder; None: not in DESIGN
    "pets_unet": (2_158_739, None, None),
    "pets_unet_wide": (8_639_811, None, None),
    "camvid_unet": (34_514_060, None, 12.7),
    "voc_mobilenetv2_pix2pix": (6_482_358, 0.3, 1.9),  # 6,531,606 before its batch norms are folded
}


@pytest.mark.slow
@pytest.mark.parametrize("config", DESIGN)
def test_the_networks_of_the_design(make_run, config, tmp_path):
    parameters, encoder, decoder = DESIGN[config]
    run = make_run(tmp_path / config, schema.load(ROOT / "configs" / f"{config}.yaml"))
    export.write_graphs(run, tmp_path / "graphs")
    found = read(tmp_path / "graphs" / "float32.xml")
    assert sum(layer.parameters for layer in found) == parameters
    up = next(index for index, layer in enumerate(found) if layer.stage.startswith("up"))
    if encoder is not None:
        assert round(cost(found[:up]), 1) == encoder
        assert round(cost(found[up:]), 1) == decoder
        assert {layer.kind for layer in found[:up]} == {"convolution", "depthwise convolution", "addition"}
        assert "ReLU6" in {layer.activation for layer in found}
    elif decoder is not None:
        assert round(cost(found), 1) == decoder


def cost(found: list[Layer]) -> float:
    return sum(layer.macs for layer in found) / 1e9


def test_operations_that_the_published_networks_lack(tmp_path):
    """A new architecture may hold anything; what has no size of an image is counted all the same."""
    image = opset.parameter([1, 4, 6, 3], name="image")
    weights = opset.constant(np.full((3, 5), 0.5, np.float32))
    product = opset.matmul(image, weights, False, False)  # (1, 4, 6, 5)
    clipped = opset.clamp(product, -1.0, 1.0)
    mean = opset.reduce_mean(clipped, opset.constant(np.array([1, 2])), False)  # (1, 5)
    openvino.serialize(openvino.Model([opset.softmax(mean, 1)], [image]), tmp_path / "graph.xml")
    found = read(tmp_path / "graph.xml")
    assert [(one.kind, one.shape, one.parameters, one.macs, one.activation) for one in found] == [
        ("matrix product", (4, 6, 5), 15, 4 * 6 * 3 * 5, "between -1 and 1"),
        ("ReduceMean", (1, 1, 5), 0, 0, ""),
        ("softmax", (1, 1, 5), 0, 0, ""),
    ]


def test_the_caller_needs_no_keras(tiny):
    layers(tiny)
    program = (
        "import sys; from models.inference import graph_summary; from models.runs import registry\n"
        "graph_summary.gmacs(registry.find(sys.argv[1]))\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tiny.path)], cwd=ROOT, check=True)
