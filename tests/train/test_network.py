"""The network as it is trained."""

import runpy
import sys

import numpy as np
import pytest

from configs import schema
from data.datasets.camvid import LABEL_SPACE
from train import network


def test_training_does_not_continue_from_the_average(tiny):
    experiment = tiny("data.image_size=[8, 8]", "train.precision=float32")
    model = network.build(experiment, LABEL_SPACE, epoch=1)
    network.compile_for(model, experiment, LABEL_SPACE, np.ones(len(LABEL_SPACE)), frozen=False)
    for _ in range(2):
        model.fit(np.ones((2, 8, 8, 3), np.float32), np.zeros((2, 8, 8), np.uint8), verbose=0)
    weights = [np.asarray(variable) for variable in model.trainable_variables]
    averages = [np.asarray(variable) for variable in model.optimizer._model_variables_moving_average]
    assert any((one != two).any() for one, two in zip(weights, averages, strict=True))
    model.optimizer.put_average_into(model.trainable_variables)
    for variable, average in zip(model.trainable_variables, averages, strict=True):
        np.testing.assert_array_equal(variable, average)


STEP = """
import sys
from pathlib import Path
import keras
import numpy as np
from configs import schema
from data import store
from data.pipeline import TrainingSamples
from train import network
from train.loader import Batches

config, data_dir, start, result = map(Path, sys.argv[1:])
experiment = schema.load(config)
samples = store.open_split("camvid", "train", data_dir)
model = network.build(experiment, samples.label_space, 1)
if start.exists():
    with np.load(start) as arrays:
        model.set_weights([arrays[name] for name in arrays.files])
else:
    np.savez(start, *model.get_weights())
pixels = samples.class_pixels().sum(axis=0).astype(float)
network.compile_for(model, experiment, samples.label_space, pixels, frozen=False)
batches = Batches(TrainingSamples(samples, experiment.data, 1, train=True), 4, 1, 1)
images, labels = batches[0]
figures = model.train_on_batch(images, labels, return_dict=True)
figures = {name: np.asarray(value) for name, value in figures.items()}
np.savez(result, *model.get_weights(), backend=keras.backend.backend(), **figures)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("clean_keras")
def test_a_step_is_the_same_on_both_backends(training, tiny, streets, tmp_path, cache, monkeypatch):
    pytest.importorskip("jax", reason="JAX is not installed: pip install jax")
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    config = tmp_path / "tiny.yaml"
    config.write_text(schema.dump(tiny("model.dropout=0.0", "train.precision=float32", "train.learning_rate=0.001")))
    paths = [config, streets, tmp_path / "start.npz"]
    (tmp_path / "step.py").write_text(STEP)
    monkeypatch.setattr(sys, "argv", ["step.py", *map(str, paths), str(tmp_path / "tensorflow.npz")])
    runpy.run_path(str(tmp_path / "step.py"))  # TensorFlow is loaded here already
    training.script(STEP, *paths, tmp_path / "jax.npz", KERAS_BACKEND="jax")
    with (
        np.load(tmp_path / "start.npz") as start,
        np.load(tmp_path / "tensorflow.npz") as one,
        np.load(tmp_path / "jax.npz") as two,
    ):
        assert (str(one["backend"]), str(two["backend"])) == ("tensorflow", "jax")
        assert set(one) == set(two)
        for name in set(one) - {"backend"}:
            np.testing.assert_allclose(one[name], two[name], atol=1e-4, err_msg=name)
        assert all((start[name] != one[name]).any() for name in start)
