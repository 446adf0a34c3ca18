"""The mean responses of a network's deepest levels."""

import numpy as np
import openvino
import pytest
from openvino import opset13 as opset

from configs.errors import UserError
from models.inference import quantised, responses
from models.inference.export import exported
from models.inference.predictor import noise
from models.runs.run import Run
from tests.models import int8
from tests.models.int8 import read


@pytest.fixture
def graphs(tiny, tmp_path):
    """Return the files of a run's graph by precision."""
    import shutil

    run = Run(shutil.copytree(tiny.path, tmp_path / "mine"), published=False)
    view = int8.quantised(run)
    folder = exported(run)
    return {
        "float32": folder / "float32.xml",
        "bfloat16": folder / "bfloat16.xml",
        "int8": quantised.quantised(view) / quantised.GRAPH,
    }


def computed(graph: openvino.Model, batch: np.ndarray, precision: str = "float32") -> list[np.ndarray]:
    hints = {"INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32"}
    return [value.copy() for value in openvino.Core().compile_model(graph, "CPU", hints)(batch).values()]


def test_they_are_the_means_of_the_two_deepest_levels(tiny):
    graph = read(tiny)
    levels = responses.deepest(graph)
    assert [list(level.get_shape()) for level in levels] == [[1, 8, 32, 48], [1, 16, 16, 24]]
    responses.add(graph, 24)
    graph.add_outputs(levels)
    _, found, *values = computed(graph, noise(tiny))
    expected = np.concatenate([value[0].mean(axis=(1, 2)) for value in values])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
def test_no_score_changes_by_a_bit_in_any_precision(graphs, tiny, precision):
    core, batch = openvino.Core(), noise(tiny)
    (plain,) = computed(core.read_model(graphs[precision]), batch, precision)
    graph = core.read_model(graphs[precision])
    responses.add(graph, 24)
    scores, found = computed(graph, batch, precision)
    np.testing.assert_array_equal(scores, plain)
    (alone,) = computed(responses.alone(read(tiny)), batch)
    np.testing.assert_allclose(found, alone, atol=0.03 * np.abs(alone).max())


def test_another_number_of_channels_is_refused(tiny):
    with pytest.raises(UserError, match="24 channels, not 7"):
        responses.add(read(tiny), 7)


def test_a_network_of_one_level_has_no_deepest():
    image = opset.parameter([1, 3, 8, 8], np.float32)
    with pytest.raises(UserError, match="no deepest level"):
        responses.alone(openvino.Model([opset.relu(image)], [image]))
