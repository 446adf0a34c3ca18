import shutil

import numpy as np
import pytest

from configs.errors import UserError
from configs.files import sha256
from models.inference import int8_overflow, quantisation, quantised
from models.inference.loading import load_predictor
from models.inference.predictor import RunPredictor, usual_precision
from models.runs import calibration
from models.runs.run import Run
from tests.models import int8


@pytest.fixture
def run(tiny, tmp_path) -> Run:
    return Run(shutil.copytree(tiny.path, tmp_path / "mine"), published=False)


def picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8)


def test_a_run_is_computed_in_int8_beside_its_usual_precision(run):
    view = int8.quantised(run)
    assert (usual_precision(view), view.name) == ("int8", "mine · int8")
    ours, plain = load_predictor(view), load_predictor(run, "float32")
    assert (ours.precision, ours.engine.split()[-1]) == ("int8", "int8")
    by_option = load_predictor(run, "int8").predict(picture())
    found, expected = ours.predict(picture()), plain.predict(picture())
    np.testing.assert_array_equal(found.labels, by_option.labels)
    assert np.mean(found.labels == expected.labels) > 0.9
    assert found.confidence is not None
    assert (found.confidence != np.asarray(expected.confidence)).any()


@pytest.mark.parametrize("overflows", [False, True])
def test_where_integers_would_overflow_the_rounded_values_are_multiplied_in_floating_point(
    run, overflows, monkeypatch, tmp_path
):
    (tmp_path / "cpuinfo").write_text("flags\t\t: avx2" + ("" if overflows else " avx512_vnni"))
    monkeypatch.setattr(int8_overflow, "ARCHITECTURES", {run.experiment.model.architecture})
    assert int8_overflow.here(run, tmp_path / "cpuinfo") == overflows
    monkeypatch.setattr(int8_overflow, "here", lambda _: overflows)
    ours = load_predictor(int8.quantised(run))
    assert isinstance(ours, RunPredictor)
    steps = [operation.get_rt_info() for operation in ours._network._compiled.get_runtime_model().get_ordered_ops()]
    computed = {str(step["runtimePrecision"].value) for step in steps if step["layerType"].value == "Convolution"}
    assert computed == {"f32"} if overflows else computed & {"i8", "u8"}
    found, expected = ours.predict(picture()), load_predictor(run, "float32").predict(picture())
    assert found.confidence is not None
    assert expected.confidence is not None
    assert not np.array_equal(found.confidence, expected.confidence), "its values are rounded all the same"


@pytest.mark.parametrize(("architecture", "flags"), [("unet", "avx2"), ("mobilenetv2_pix2pix", "avx2 avx_vnni")])
def test_integers_are_multiplied_where_that_is_right(tiny, monkeypatch, tmp_path, architecture, flags):
    (tmp_path / "cpuinfo").write_text(f"flags\t\t: {flags}")
    model = tiny.experiment.model.model_copy(update={"architecture": architecture})
    experiment = tiny.experiment.model_copy(update={"model": model})
    monkeypatch.setattr(Run, "experiment", experiment)
    assert not int8_overflow.here(tiny, tmp_path / "cpuinfo")


def test_a_run_with_a_precision_of_its_own_has_no_other(run):
    with pytest.raises(UserError, match="mine · float32 is always computed in float32, not in int8"):
        load_predictor(run.in_precision("float32"), "int8")
    assert load_predictor(run.in_precision("float32"), "float32").precision == "float32"


def test_the_graph_is_made_once_and_again_if_it_is_damaged(run):
    view = int8.quantised(run)
    folder = quantised.quantised(view)
    graph = folder / quantised.GRAPH
    before = graph.stat().st_mtime_ns
    assert quantised.quantised(run) == folder
    assert graph.stat().st_mtime_ns == before
    graph.write_text("<net")
    assert quantised.quantised(run) == folder
    assert graph.stat().st_size > 1000


def test_a_run_that_was_not_quantised_says_how_to_do_it(run):
    with pytest.raises(UserError, match=r"mine .*int8\.npz.* models\.quantize mine"):
        load_predictor(run, "int8")
    assert not run.in_precision("int8").is_ready


def test_scales_of_other_weights_are_refused(run, tiny_void):
    view = int8.quantised(run)
    shutil.copyfile(tiny_void.weights, run.weights)
    shutil.copyfile(tiny_void.path / "config.yaml", run.path / "config.yaml")
    with pytest.raises(UserError, match=r"int8\.npz.* other weights .* models\.quantize mine"):
        load_predictor(view)


def test_a_graph_is_not_kept_for_what_the_run_was_before_it_was_changed_meanwhile(run, monkeypatch):
    view = int8.quantised(run)
    read, before = quantisation.read, quantised.quantised(view)
    shutil.rmtree(before)

    def calibrated_meanwhile(file):
        facts = {"temperature": 0.1, "weights": sha256(run.weights), "split": "val", "fitted_on": 1, "tested_on": 1}
        calibration.write(run.path, calibration.Calibration.model_validate(facts | {"before": 0.2, "after": 0.1}))
        return read(file)

    with monkeypatch.context() as patched, pytest.raises(UserError, match=r"mine .*again"):
        patched.setattr(quantisation, "read", calibrated_meanwhile)
        quantised.quantised(view)
    assert not before.exists()
    assert quantised.quantised(view) != before


def test_a_damaged_file_of_scales_stops_only_int8(run):
    view = int8.quantised(run)
    run.quantisation.write_bytes(b"PK")
    assert view.size_bytes() is None
    with pytest.raises(UserError, match=r"int8\.npz is damaged"):
        load_predictor(view)
    assert load_predictor(run, "float32").predict(picture()).labels.shape == (40, 50)
