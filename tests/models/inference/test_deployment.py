import io
import zipfile

import cv2
import numpy as np
import pytest

from data import samples
from models.inference import deployment, export
from models.inference.predictor import RunPredictor
from models.runs import registry
from models.runs.run import Run


@pytest.fixture(params=["tiny", "tiny_void"])
def run(request):
    """One network that stretches pictures, and one that letterboxes them and has a void class."""
    return request.getfixturevalue(request.param)


def follow(run, form, folder, picture, monkeypatch):
    """Run the program of the instructions in ``folder`` and return its label map."""
    monkeypatch.chdir(folder)
    # The instructions say .jpg; the content is a PNG, so that it is lossless.
    (folder / "picture.jpg").write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
    exec(compile(deployment.snippet(run, form), form, "exec"), {})
    return cv2.imread(str(folder / "labels.png"), cv2.IMREAD_UNCHANGED)


# As it is, smaller than the network's input, and narrower but higher than that, which the letterbox halves first.
@pytest.mark.parametrize(
    "part", [(slice(None), slice(None)), (slice(100, 120), slice(150, 180)), (slice(None), slice(150, 180))]
)
def test_the_instructions_reproduce_the_label_map_of_the_predictor(run, part, tmp_path, monkeypatch):
    picture = samples.pictures()[0].load()[part]
    expected = RunPredictor.load(run, "float32").predict(picture).labels
    assert len(np.unique(expected)) > 1
    with zipfile.ZipFile(io.BytesIO(deployment.bundle(run, "a model", export.exported(run)))) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    assert (tmp_path / "README.txt").read_text() == deployment.readme(run, "a model", "openvino")
    labels = follow(run, "openvino", tmp_path, picture, monkeypatch)
    assert labels.shape == expected.shape
    assert np.mean(labels == expected) > 0.999
    (tmp_path / "model.onnx").write_bytes(export.exported_onnx(run).read_bytes())
    assert np.mean(follow(run, "onnx", tmp_path, picture, monkeypatch) == labels) > 0.999


def test_the_facts_follow_the_config(tiny, tiny_void):
    facts = deployment.facts(tiny)
    assert facts["input"].startswith("float32 (1, 32, 48, 3)")
    assert "48 x 32" in facts["resize"]
    assert "grey" not in facts["resize"]
    assert facts["classes"] == "0 pet, 1 background, 2 border"
    assert "void" not in facts["labels"]
    assert "grey value 114" in deployment.facts(tiny_void)["resize"]
    assert deployment.facts(tiny_void)["labels"].startswith("Class 11 (void)")
    assert "CC BY-SA 4.0" in deployment.readme(tiny, "a model", "onnx")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("voc_mobilenetv2_pix2pix · int8", True),
        ("grocery_mobilenetv2_pix2pix · int8", True),
        ("voc_mobilenetv2_pix2pix", False),
        ("pets_unet · int8", False),
    ],
)
def test_an_int8_network_that_overflows_elsewhere_says_so(name, told):
    network = registry.find(name)
    assert isinstance(network, Run)
    assert ("LP_TRANSFORMS_MODE" in deployment.readme(network, "a model", "openvino")) == told
