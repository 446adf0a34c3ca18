"""Keras files: converted without running anything in them, those of Keras 2 as far as Keras 3 can read them."""

import json
import zipfile

import h5py
import numpy as np
import pytest

from configs.errors import UserError
from models.added import keras_config
from models.added.engines import OpenVINOEngine
from models.added.inspecting import inspect_here
from models.added.inspection import inspect
from tests.models.added import tflite_files
from tests.models.added.tflite_files import CLASSES, HEIGHT, WIDTH, picture

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module")
def model():
    return tflite_files.network()


def as_keras_2(path):
    """Give the layers of an ``.h5`` the arguments that Keras 2 writes and Keras 3 refuses."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "Conv2DTranspose":
                layer["config"]["groups"] = 1
        assert "groups" in json.dumps(config)
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.15.0"
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.keras", "a.h5", "keras2.h5"])
def test_a_file_is_converted_in_the_child_with_the_same_scores(tmp_path, model, name):
    model.save(tmp_path / name)
    if name == "keras2.h5":
        as_keras_2(tmp_path / name)
    (tmp_path / "out").mkdir()
    facts = inspect(tmp_path / name, tmp_path / "out")
    assert (facts.format, facts.files) == ("openvino", ("model.xml", "model.bin"))
    assert facts.inputs[0].shape == (1, HEIGHT, WIDTH, 3)
    assert facts.parameters == model.count_params()
    assert facts.guesses.output.value == "probabilities"
    assert facts.guesses.channels.value == CLASSES
    (found,) = OpenVINOEngine(tmp_path / "out" / "model.xml").infer(picture())
    np.testing.assert_allclose(found, model(picture()).numpy(), atol=1e-5)


@pytest.mark.slow
def test_a_network_of_any_size_is_fixed_to_the_size_asked_for(tmp_path):
    tflite_files.network((None, None)).save(tmp_path / "a.keras")
    facts = inspect_here(tmp_path / "a.keras", tmp_path, (96, 64))
    assert facts.inputs[0].shape == (1, 96, 64, 3)
    assert facts.guesses.input_size.value == (96, 64)


@pytest.mark.slow
def test_a_saved_model_is_converted(tmp_path, model):
    model.export(tmp_path / "saved", verbose=False)
    (tmp_path / "out").mkdir()
    facts = inspect(tmp_path / "saved", tmp_path / "out")
    assert facts.files == ("model.xml", "model.bin")
    assert facts.guesses.input_size.value == (HEIGHT, WIDTH)
    (found,) = OpenVINOEngine(tmp_path / "out" / "model.xml").infer(picture())
    np.testing.assert_allclose(found, model(picture()).numpy(), atol=1e-5)


@pytest.mark.slow
def test_a_model_inside_a_model_of_keras_2_is_refused_with_the_way_out(tmp_path, model):
    import keras

    image = keras.Input((HEIGHT, WIDTH, 3))
    keras.Model(image, keras.layers.Conv2D(2, 1)(model(image))).save(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        config = json.loads(file.attrs["model_config"])
        inner = next(layer for layer in config["config"]["layers"] if layer["class_name"] == "Functional")
        inner["inbound_nodes"] = [[["input_of_another_name", 0, 0, {}]]]
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(UserError, match="ONNX"):
        inspect_here(tmp_path / "a.h5", tmp_path)


# --- refused before Keras is started


def h5(path, config=None):
    with h5py.File(path, "w") as file:
        if config is not None:
            file.attrs["model_config"] = config if isinstance(config, str) else json.dumps(config)
    return path


def keras_zip(path, config, version="3.15.1", weights=None):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        archive.writestr("metadata.json", json.dumps({"keras_version": version}))
        if weights:
            archive.write(weights, "model.weights.h5")
    return path


def functional(**layer):
    layers = [{"module": "keras.layers", "class_name": "Conv2D", "config": {}}, layer]
    return {"module": "keras", "class_name": "Functional", "config": {"layers": layers}, "registered_name": None}


@pytest.mark.parametrize("write", [h5, keras_zip])
@pytest.mark.parametrize(
    ("layer", "word"),
    [
        ({"class_name": "Lambda", "config": {}}, "Lambda"),
        ({"class_name": "TFSMLayer", "module": "keras.layers", "config": {}}, "TFSMLayer"),
        ({"class_name": "TFOpLambda", "config": {}}, "TFOpLambda"),
        ({"class_name": "system", "module": "os", "config": {}}, "system"),
        ({"class_name": "Dense", "module": "kerasx.layers", "config": {}}, "Dense"),
        ({"class_name": "Wrap", "module": "keras", "config": {"layer": {"class_name": "Lambda"}}}, "Lambda"),
    ],
)
def test_code_and_foreign_classes_are_refused_by_name(tmp_path, write, layer, word):
    with pytest.raises(UserError, match=rf"{word}.*ONNX"):
        keras_config.check(write(tmp_path / "a.any", functional(**layer)))


def test_what_the_model_was_compiled_with_does_not_matter(tmp_path):
    config = functional(class_name="Dense", config={}) | {
        "compile_config": {"loss": {"class_name": "mine", "module": "x"}}
    }
    assert keras_config.check(keras_zip(tmp_path / "a.keras", config))["class_name"] == "Functional"


def test_keras_2_under_the_new_ending_is_refused(tmp_path):
    with pytest.raises(UserError, match="Keras 2"):
        keras_config.check(keras_zip(tmp_path / "a.keras", functional(class_name="Dense"), "2.15.0"))


def test_a_file_with_only_weights_is_refused(tmp_path):
    with pytest.raises(UserError, match="weights"):
        keras_config.check(h5(tmp_path / "a.h5"))


@pytest.mark.parametrize("config", ["{", "[]", "3", "[" * 100_000])
@pytest.mark.parametrize("write", [h5, keras_zip])
def test_a_damaged_description_is_a_sentence(tmp_path, write, config):
    with pytest.raises(UserError, match=r"a\.any"):
        keras_config.check(write(tmp_path / "a.any", config if write is keras_zip else config[:60_000]))


@pytest.mark.parametrize("content", [b"hello", b"PK\x03\x04 cut", b"\x89HDF\r\n\x1a\n"])
def test_what_is_no_keras_file_is_refused(tmp_path, content):
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.h5"):
        keras_config.check(tmp_path / "a.h5")


def external_link(file):
    file["layer"] = h5py.ExternalLink("/elsewhere.h5", "/weights")


def external_dataset(file):
    file.create_dataset("weights", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def virtual_dataset(file):
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource("/elsewhere.h5", "weights", (4,))
    file.create_virtual_dataset("weights", layout)


@pytest.mark.parametrize("reach_out", [external_link, external_dataset, virtual_dataset])
def test_weights_in_another_file_are_refused(tmp_path, reach_out):
    path = h5(tmp_path / "a.h5", functional(class_name="Dense"))
    with h5py.File(path, "r+") as file:
        reach_out(file)
    for whole in (path, keras_zip(tmp_path / "a.keras", functional(class_name="Dense"), weights=path)):
        with pytest.raises(UserError, match="in another"):
            keras_config.check(whole)


def test_a_folder_to_convert_into_is_needed(tmp_path):
    with pytest.raises(UserError, match="convert"):
        inspect_here(h5(tmp_path / "a.h5", functional(class_name="Dense")))
