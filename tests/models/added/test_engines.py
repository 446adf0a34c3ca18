"""Engines: what goes in and what comes out, and that they agree."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from configs.errors import UserError
from models.added.engines import OnnxRuntimeEngine, OpenVINOEngine, dequantised, output_index, quantised
from models.added.facts import Port
from tests.models.added.onnx_files import constant, conv, model, port, saved, segmenter


def picture(seed=0, shape=(1, 3, 32, 48)):
    return np.random.default_rng(seed).random(shape).astype(np.float32)


@pytest.mark.parametrize(("tail", "attributes"), [(None, {}), ("Softmax", {"axis": 1}), ("Sigmoid", {})])
def test_openvino_and_onnx_runtime_agree(tmp_path, tail, attributes):
    path = saved(tmp_path, segmenter(tail, **attributes))
    (first,), (second,) = OpenVINOEngine(path).infer(picture()), OnnxRuntimeEngine(path).infer(picture())
    assert first.std() > 1e-2
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_names_say_engine_version_and_precision(tmp_path):
    path = saved(tmp_path, segmenter())
    assert OpenVINOEngine(path).name.split()[0::2] == ["OpenVINO", "float32"]
    assert OnnxRuntimeEngine(path).name.startswith("ONNX Runtime ")


def test_outputs_keep_the_order_and_the_names_of_the_file(tmp_path):
    nodes = [conv("image", "z"), helper.make_node("Identity", ["z"], ["a"]), helper.make_node("Relu", ["z"], ["m"])]
    path = saved(tmp_path, model(nodes, [port(name, None) for name in ("m", "z", "a")]))
    for engine in (OpenVINOEngine(path), OnnxRuntimeEngine(path)):
        assert [found.name for found in engine.outputs] == ["m", "z", "a"]
        outputs = engine.infer(picture())
        np.testing.assert_array_equal(outputs[output_index(engine, "m")], np.maximum(outputs[1], 0))
        with pytest.raises(UserError, match="m, z, a"):
            output_index(engine, "q")


def test_results_of_one_call_survive_the_next(tmp_path):
    engine = OpenVINOEngine(saved(tmp_path, segmenter()))
    (first,) = engine.infer(picture(0))
    kept = first.copy()
    engine.infer(picture(1))
    np.testing.assert_array_equal(first, kept)


def test_threads_do_not_mix_their_results(tmp_path):
    engine = OpenVINOEngine(saved(tmp_path, segmenter()))
    expected = [engine.infer(picture(seed))[0] for seed in range(8)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda seed: engine.infer(picture(seed))[0], [*range(8)] * 5))
    for seed, result in zip([*range(8)] * 5, found, strict=True):
        np.testing.assert_array_equal(result, expected[seed])


def test_a_network_of_any_size_takes_several(tmp_path):
    made = model([conv("image", "out")], [port("out", None)], inputs=[port("image", [1, 3, "h", "w"])])
    engine = OpenVINOEngine(saved(tmp_path, made))
    assert [engine.infer(picture(shape=(1, 3, side, 40)))[0].shape[2] for side in (16, 33, 16)] == [16, 33, 16]


def test_a_wrong_shape_is_a_sentence(tmp_path):
    path = saved(tmp_path, segmenter())
    for engine in (OpenVINOEngine(path), OnnxRuntimeEngine(path)):
        with pytest.raises(UserError, match=r"\(1, 3, 5, 5\)"):
            engine.infer(picture(shape=(1, 3, 5, 5)))


@pytest.mark.parametrize("kind", [TensorProto.UINT8, TensorProto.FLOAT16])
def test_the_input_is_converted_to_the_type_of_the_file(tmp_path, kind):
    nodes = [helper.make_node("Cast", ["image"], ["out"], to=TensorProto.FLOAT)]
    made = model(nodes, [port("out", None)], inputs=[port("image", [1, 3, 1, 2], kind)], tensors=[])
    batch = np.array([0.4, 1.6, 254.6, 300, -3, 7], np.float32).reshape(1, 3, 1, 2)
    expected = [0, 2, 255, 255, 0, 7] if kind == TensorProto.UINT8 else np.float16(batch).ravel()
    for engine in (OpenVINOEngine(saved(tmp_path, made)), OnnxRuntimeEngine(saved(tmp_path, made))):
        np.testing.assert_array_equal(engine.infer(batch)[0].ravel(), np.array(expected, np.float32))


def test_what_openvino_cannot_run_is_named(tmp_path):
    nodes = [helper.make_node("Pad", ["image", "pads"], ["out"], mode="wrap")]
    pads = constant("pads", np.array([0, 0, 1, 1, 0, 0, 1, 1]))
    with pytest.raises(UserError, match="Pad"):
        OpenVINOEngine(saved(tmp_path, model(nodes, [port("out", None)], tensors=[pads])))


scales = st.floats(1e-3, 10)


@given(scales, st.integers(-128, 127), st.lists(st.floats(-1e3, 1e3, width=32), min_size=1))
def test_quantising_is_off_by_half_a_step_or_clipped(scale, zero_point, values):
    quantity = Port(name="q", shape=(1,), dtype="int8", scale=scale, zero_point=zero_point)
    real = np.array(values, np.float32)
    stored = quantised(real, quantity)
    assert stored.dtype == np.int8
    back = dequantised(stored, quantity)
    low, high = ((limit - zero_point) * scale for limit in (-128, 127))
    np.testing.assert_allclose(back, np.clip(real, low, high), atol=scale * 0.51, rtol=1e-5)


def test_bytes_are_not_wrapped_round():
    """A uint8 of 200 cast to int8 is -56; quantised with the usual scale it is 72."""
    quantity = Port(name="q", shape=(1,), dtype="int8", scale=1 / 255, zero_point=-128)
    assert quantised(np.array([0, 200 / 255, 1], np.float32), quantity).tolist() == [-128, 72, 127]
