"""A checkpoint restores everything that determines the rest of a training."""

import re
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from configs.errors import UserError
from configs.schema import Experiment
from data.datasets.camvid import LABEL_SPACE
from models.runs.run import HISTORY_COLUMNS
from train import checkpoints, network
from train.run_folder import Progress
from train.schedule import Plateau

PROGRESS = Progress([dict.fromkeys(HISTORY_COLUMNS, 0.1)], best_miou=0.3, best_epoch=1, plateau=Plateau(0.3, 1, 1))


@pytest.fixture(scope="module")
def make(tiny: Callable[..., Experiment]) -> Callable[..., keras.Model]:
    """Return a function that builds and compiles the tiny network."""

    def make(*overrides: str, seed: int = 1) -> keras.Model:
        experiment = tiny("data.image_size=[8, 8]", "train.precision=float32", f"train.seed={seed}", *overrides)
        model = network.build(experiment, LABEL_SPACE, epoch=1)
        network.compile_for(model, experiment, LABEL_SPACE, np.ones(len(LABEL_SPACE)), frozen=False)
        return model

    return make


def train_a_step(model: keras.Model) -> float:
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(-1, 1, (2, 8, 8, 3)).astype(np.float32), rng.integers(0, 12, (2, 8, 8), np.uint8)
    return float(model.train_on_batch(images, labels, return_dict=True)["loss"])


def state(model: keras.Model) -> list[np.ndarray]:
    """Return the state of training: weights, random generators, and the optimizer with its averages."""
    layers = model._flatten_layers()
    generators = [layer.seed_generator.state for layer in layers if isinstance(layer, keras.layers.Dropout)]
    assert len(generators) == 2
    averages = model.optimizer._model_variables_moving_average
    assert len(averages) == len(model.trainable_variables)
    variables = [*model.weights, *generators, *model.optimizer.variables, *averages]
    return [np.asarray(variable) for variable in variables]


@pytest.fixture(scope="module")
def trained(make) -> keras.Model:
    model = make()
    for _ in range(2):
        train_a_step(model)
    return model


@pytest.fixture
def saved(trained, tmp_path) -> Path:
    path = tmp_path / "checkpoints" / "last.npz"
    checkpoints.save(path, trained, PROGRESS)
    return path


def test_everything_is_restored_and_training_continues_identically(saved, trained, make):
    other = make(seed=2)
    assert any((one != two).any() for one, two in zip(state(trained), state(other), strict=True))
    checkpoints.restore(saved, other)
    assert checkpoints.read_progress(saved) == PROGRESS
    for one, two in zip(state(trained), state(other), strict=True):
        np.testing.assert_array_equal(one, two)
    assert train_a_step(trained) == train_a_step(other), "dropout must continue with the same random numbers"
    for one, two in zip(state(trained), state(other), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    "overrides",
    [["model.filters=[4, 6]"], ["model.filters=[4, 8, 8]"], ["model.dropout=0.0"], ["train.weight_average=0.0"]],
    ids=" ".join,
)
def test_a_checkpoint_of_another_network_is_refused(saved, make, overrides):
    other = make(*overrides)
    before = [np.asarray(variable) for variable in other.variables]
    with pytest.raises(UserError, match=r"last\.npz: .*another network"):
        checkpoints.restore(saved, other)
    for one, two in zip(before, other.variables, strict=True):
        np.testing.assert_array_equal(one, two)


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


def without_progress(content: bytes) -> bytes:
    return content.replace(b"progress.npy", b"progreso.npy")


@pytest.mark.parametrize(
    "damage",
    [half, flipped, without_progress, lambda content: b"", lambda content: b"no checkpoint", lambda content: b"PK\3\4"],
    ids=["half", "flipped", "without progress", "empty", "text", "start of an archive"],
)
def test_a_damaged_file_is_refused_in_one_line(saved, make, damage):
    saved.write_bytes(damage(saved.read_bytes()))
    with pytest.raises(UserError) as error:
        checkpoints.read_progress(saved)
    assert re.fullmatch(rf"{re.escape(str(saved))}: is damaged.* \(.+\); .*", str(error.value)), (
        "one line with the reason"
    )


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match=rf"^{re.escape(str(tmp_path / 'last.npz'))}: is damaged.* \(.*No such file"):
        checkpoints.read_progress(tmp_path / "last.npz")
