import shutil

import numpy as np
import pytest

from configs.errors import UserError
from models.inference import quantised
from models.inference.loading import load_predictor
from models.inference.predictor import usual_precision
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


def test_a_damaged_file_of_scales_stops_only_int8(run):
    view = int8.quantised(run)
    run.quantisation.write_bytes(b"PK")
    assert view.size_bytes() is None
    with pytest.raises(UserError, match=r"int8\.npz is damaged"):
        load_predictor(view)
    assert load_predictor(run, "float32").predict(picture()).labels.shape == (40, 50)
