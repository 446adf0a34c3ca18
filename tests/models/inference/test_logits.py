"""A network whose logits are adjusted, in Keras and in every graph that is made of it."""

import shutil

import keras
import numpy as np
import openvino
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.errors import UserError
from configs.files import sha256
from models import architectures
from models.inference import export, keras_networks, logits, quantisation
from models.inference.predictor import RunPredictor
from models.runs import calibration
from models.runs.calibration import Adjustment, Calibration
from models.runs.run import Run
from tests.models import int8

RNG = np.random.default_rng(6)


@pytest.fixture
def run(tiny, tmp_path) -> Run:
    return Run(shutil.copytree(tiny.path, tmp_path / "mine"), published=False)


def calibrate(run: Run, temperature: float, offsets: dict[str, float]) -> None:
    """Give a run a temperature and offsets."""
    facts = {"split": "val", "fitted_on": 2, "tested_on": 2, "before": 0.2, "after": 0.1}
    facts |= {"temperature": temperature, "offsets": offsets, "weights": sha256(run.weights)}
    calibration.write(run.path, Calibration.model_validate(facts))


def adjusted(probabilities: np.ndarray, adjustment: Adjustment) -> np.ndarray:
    """Return what probabilities ``(..., C)`` become if their logits are adjusted, by the definition of the softmax."""
    offsets = adjustment.offsets or (0.0,) * probabilities.shape[-1]
    powers = (probabilities.astype(np.float64) * np.exp(offsets)) ** (1 / adjustment.temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize(
    "value", [Adjustment(1.7), Adjustment(1.0, (0.0, 2.0, -1.0)), Adjustment(0.6, (0.5, 0.0, 1.0))]
)
def test_a_network_is_adjusted_by_its_weights(tiny, value):
    network = architectures.build(tiny.experiment, len(tiny.label_space))
    images = RNG.uniform(-1, 1, (2, *tiny.input_size, 3)).astype(np.float32)
    before = np.asarray(network(images, training=False))
    logits.adjust(network, value)
    after = np.asarray(network(images, training=False))
    np.testing.assert_allclose(after, adjusted(before, value), atol=1e-5)
    assert np.abs(after - before).max() > 1e-3


def test_a_network_without_a_softmax_after_its_last_weights_is_refused_and_unchanged():
    inputs = keras.Input((8, 8, 3))
    scores = keras.layers.Conv2D(4, 1, activation="tanh", name="squashed")(inputs)
    network = keras.Model(inputs, keras.layers.Softmax()(scores))
    before = [weight.copy() for weight in network.get_weights()]
    for value in (Adjustment(2.0), Adjustment(1.0, (0.0, 1.0, 0.0, 0.0))):
        with pytest.raises(UserError, match=r"squashed.*softmax"):
            logits.adjust(network, value)
    for one, other in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_offsets_need_a_bias():
    inputs = keras.Input((8, 8, 3))
    scores = keras.layers.Conv2D(4, 1, use_bias=False, name="unbiased")(inputs)
    network = keras.Model(inputs, keras.layers.Softmax()(scores))
    logits.adjust(network, Adjustment(2.0))
    with pytest.raises(UserError, match=r"unbiased.*no bias"):
        logits.adjust(network, Adjustment(1.0, (0.0, 1.0, 0.0, 0.0)))


def ending(turned: bool) -> openvino.Model:
    """Return a graph that ends with a softmax, perhaps after a transposition."""
    opset = openvino.opset13
    image = opset.parameter([1, 3, 4, 5] if turned else [1, 4, 5, 3], np.float32, name="image")
    last = opset.transpose(image, [0, 2, 3, 1]) if turned else image
    return openvino.Model([opset.softmax(last, -1)], [image], "network")


OFFSETS = st.one_of(st.just(()), st.tuples(*[st.floats(-3, 3, width=32)] * 3))


@given(st.booleans(), st.floats(0.25, 4), OFFSETS)
@settings(max_examples=20)
def test_a_graph_is_adjusted_and_restored(turned, temperature, offsets):
    network, value = ending(turned), Adjustment(temperature, offsets)
    before = network.get_ops()
    image = RNG.normal(0, 2, network.inputs[0].shape).astype(np.float32)
    plain = next(iter(openvino.Core().compile_model(network, "CPU")(image).values()))
    logits.adjust_graph(network, value)
    after = next(iter(openvino.Core().compile_model(network, "CPU")(image).values()))
    np.testing.assert_allclose(after, adjusted(plain, value), atol=1e-5)
    assert logits.undo(network) == (temperature != 1 or bool(offsets))
    assert not logits.undo(network)
    assert [op.get_friendly_name() for op in network.get_ops()] == [op.get_friendly_name() for op in before]


def test_a_graph_without_a_softmax_is_refused():
    image = openvino.opset13.parameter([1, 4], np.float32)
    network = openvino.Model([openvino.opset13.relu(image)], [image], "network")
    with pytest.raises(UserError, match="does not end with a softmax"):
        logits.adjust_graph(network, Adjustment(2.0))
    assert not logits.undo(network)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("temperature", "offsets"), [(2.5, {}), (1.0, {"background": 1.5}), (1.4, {"background": 0.7})]
)
def test_every_graph_of_a_calibrated_run_is_adjusted_and_no_other(run, temperature, offsets):
    image = RNG.integers(0, 256, (32, 32, 3), np.uint8)
    view = int8.quantised(run)
    precisions = {"float32": run, "int8": view}
    before = {name: RunPredictor.load(one, name).network_scores(image)[0] for name, one in precisions.items()}  # type: ignore[arg-type]
    digests, plain = [run.digest(), view.digest()], export.exported(run)
    structure = quantisation.fingerprint(int8.read(run))

    calibrate(run, temperature, offsets)

    value = run.adjustment
    assert value is not None
    assert not {run.digest(), view.digest()} & set(digests), "what was computed before is not to be shown for it"
    for name, one in precisions.items():
        after = RunPredictor.load(one, name).network_scores(image)[0]  # type: ignore[arg-type]
        np.testing.assert_allclose(after, adjusted(before[name], value), atol=2e-5, err_msg=name)
    assert export.exported(run) != plain
    graph = int8.read(run)
    assert quantisation.fingerprint(graph) != structure
    logits.undo(graph)
    assert quantisation.fingerprint(graph) == structure, "int8 scales are the same with every adjustment"

    (run.path / calibration.FILE).unlink()
    assert [run.digest(), view.digest()] == digests
    assert export.exported(run) == plain


@pytest.mark.usefixtures("cache")
def test_keras_and_openvino_agree_on_a_calibrated_run(run):
    calibrate(run, 1.8, {"background": 1.2})
    image = RNG.integers(0, 256, (*run.input_size, 3), np.uint8)
    low, high = run.experiment.data.input_range
    batch = (image / 255 * (high - low) + low).astype(np.float32)[None]
    expected = np.asarray(keras_networks.load(run)(batch, training=False))[0]
    np.testing.assert_allclose(RunPredictor.load(run, "float32").network_scores(image)[0], expected, atol=1e-4)
