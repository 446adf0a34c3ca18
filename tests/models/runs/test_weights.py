import shutil
import subprocess
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from configs.errors import UserError
from models import architectures
from models.runs import weights


@pytest.fixture
def network(tiny) -> keras.Model:
    model = architectures.build(tiny.experiment, 3)
    model.load_weights(tiny.weights)
    return model


def test_keras_reads_the_file_and_only_kernels_are_rounded(network, tiny, tmp_path):
    rng = np.random.default_rng(0)
    values = [rng.normal(size=value.shape).astype(np.float32) for value in network.get_weights()]
    network.set_weights(values)
    weights.save(network, tmp_path / "model.weights.h5")
    other = architectures.build(tiny.experiment, 3)
    other.load_weights(tmp_path / "model.weights.h5")
    for value, read in zip(values, other.get_weights(), strict=True):
        rounded = value.astype(np.float16).astype(np.float32) if value.ndim == 4 else value
        np.testing.assert_array_equal(read, rounded)


def test_kernels_take_two_bytes_and_the_rest_four(tiny):
    def check(_, item):
        if isinstance(item, h5py.Dataset):
            assert item.dtype == (np.float16 if item.ndim == 4 else np.float32)

    with h5py.File(tiny.weights) as file:
        file.visititems(check)


def test_no_optimizer_is_stored_and_the_bytes_depend_on_the_weights_only(network, tmp_path):
    before = network.get_weights()
    weights.save(network, tmp_path / "plain.h5")
    network.compile("adam", "mse")
    network.train_on_batch(np.zeros((1, 32, 48, 3)), np.zeros((1, 32, 48, 3)))
    weights.save(network, tmp_path / "trained.h5")
    assert network.optimizer.iterations == 1, "the trained model must be left as it was"
    assert weights.parameters(tmp_path / "trained.h5") == network.count_params()
    network.set_weights(before)
    weights.save(network, tmp_path / "again.h5")
    assert (tmp_path / "again.h5").read_bytes() == (tmp_path / "plain.h5").read_bytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_a_weight_that_float16_cannot_hold_is_refused(network, tmp_path, value):
    kernel = network.weights[0]
    kernel.assign(np.full(kernel.shape, value))
    with pytest.raises(ValueError, match="conv"):
        weights.save(network, tmp_path / "model.weights.h5")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no HDF5 at all", None])
def test_parameters_of_a_file_that_is_not_a_weight_file(tmp_path, content):
    if content is not None:
        (tmp_path / "model.weights.h5").write_bytes(content)
    assert weights.parameters(tmp_path / "model.weights.h5") is None


@pytest.fixture
def published(tiny, tmp_path) -> Path:
    """Return a copy of a run, with checksums by coreutils rather than by the code under test."""
    folder = shutil.copytree(tiny.path, tmp_path / "published")
    names = sorted(path.name for path in folder.iterdir())
    lines = subprocess.run(["sha256sum", *names], cwd=folder, check=True, capture_output=True, text=True).stdout
    (folder / "SHA256SUMS").write_text(lines)
    return folder


def test_the_output_of_sha256sum_is_accepted(published):
    weights.verify(published)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("model.weights.h5", flip_a_bit),
        ("model.weights.h5", Path.unlink),
        ("config.yaml", flip_a_bit),
        ("SHA256SUMS", Path.unlink),
        ("SHA256SUMS", lambda path: path.write_text("")),
        ("SHA256SUMS", lambda path: path.write_bytes(b"\xff\x00")),
        ("SHA256SUMS", lambda path: path.write_text(path.read_text()[:-30])),
        ("SHA256SUMS", lambda path: path.write_text(path.read_text().splitlines()[0] + "\n")),
    ],
)
def test_a_damaged_file_is_named(published, name, damage):
    damage(published / name)
    with pytest.raises(UserError, match=name):
        weights.verify(published)
