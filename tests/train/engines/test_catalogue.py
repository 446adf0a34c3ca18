"""Every engine that is installed computes what OpenVINO does."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from configs.errors import UserError
from models.inference import benchmarks
from tests.facts import mentions
from tests.models import int8
from tests.train.engines import networks
from train.engines import catalogue, network, openvino_engines, pytorch
from train.engines.catalogue import KINDS, Kind
from train.engines.network import Network


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Iterator[Network]:
    """Yield a small U-Net, with pictures to calibrate on."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGDECK_CACHE", str(cache))
        run = networks.make(tmp_path_factory.mktemp("runs") / "small")
        int8.quantised(run)
        yield network.of(run, Path("no data"))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_an_engine_computes_what_openvino_does(small, kind):
    if reason := kind.lacking(small.run):
        pytest.skip(reason)
    scores = kind.load(small)(small.pictures[0])
    expected = openvino_engines.predictor("float32")(small)(small.pictures[0])
    assert (scores.shape, scores.dtype) == ((1, 32, 48, 3), np.float32)
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=0.02)
    if kind.precision == "float32":
        np.testing.assert_allclose(scores, expected, atol=1e-4)
    catalogue.check(kind, scores, expected)
    wrong = expected[..., [1, 2, 0]]
    with pytest.raises(UserError) as error:
        catalogue.check(kind, wrong, expected)
    assert mentions(str(error.value), kind.title, f"{catalogue.moved(wrong, expected):.1%}")


@pytest.mark.parametrize("rewritten", [False, True])
def test_a_mobilenetv2_in_pytorch_computes_what_openvino_does(tmp_path, monkeypatch, rewritten):
    """Its batch norms are folded, and its padding differs from side to side."""
    pytest.importorskip("torch", reason="torch not installed; pip install -r requirements-benchmark.txt installs it")
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    made = network.of(networks.make(tmp_path / "small", "voc_mobilenetv2_pix2pix"), Path("no data"))
    expected = openvino_engines.predictor("float32")(made)(made.pictures[0])
    scores = pytorch.float32(made, rewritten=rewritten)(made.pictures[0])
    np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_scores_that_are_no_numbers_or_of_another_shape_are_refused():
    kind, expected = KINDS[0], np.full((1, 2, 2, 4), 0.25, np.float32)
    catalogue.check(kind, expected, expected)
    for wrong in (np.full_like(expected, np.nan), expected[:, :1]):
        with pytest.raises(UserError) as error:
            catalogue.check(kind, wrong, expected)
        assert mentions(str(error.value), kind.title)


def test_moved_is_the_share_of_the_probability_on_other_classes():
    expected = np.array([[[[1, 0], [0.5, 0.5]]]], np.float32)
    scores = np.array([[[[0, 1], [0.75, 0.25]]]], np.float32)
    assert catalogue.moved(scores, expected) == pytest.approx((1 + 0.25) / 2)


def test_an_engine_that_is_not_installed_is_told_with_what_to_install(small):
    absent = Kind("Nowhere float32", "float32", lambda network: pytest.fail("loaded"), ("no_such_module",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(catalogue.PACKAGES, "no_such_module", "no-such-package")
        ready, lacking = catalogue.load(small, [catalogue.OPENVINO[0], absent])
    assert list(ready) == [benchmarks.ENGINES["float32"]]
    assert mentions(lacking["Nowhere float32"], "no-such-package", "requirements-benchmark.txt")


def test_an_engine_that_computes_something_else_is_not_timed(small):
    wrong = Kind("Wrong float32", "float32", lambda network: lambda batch: np.ones((1, 32, 48, 3), np.float32))
    with pytest.raises(UserError) as error:
        catalogue.load(small, [wrong])
    assert mentions(str(error.value), "Wrong float32")
