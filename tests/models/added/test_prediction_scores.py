"""Scores of every class that another program saved with NumPy."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from configs.errors import UserError
from data import datasets
from models.added import prediction_scores
from tests.facts import facts

CAMVID = datasets.get("camvid").label_space
CLASSES, SCORED = len(CAMVID), len(CAMVID.scored)
SIZE = (10, 14)
LOGITS = np.random.default_rng(0).normal(0, 3, (*SIZE, CLASSES)).astype(np.float32)


def softmax(values):
    powers = np.exp(values - values.max(axis=2, keepdims=True))
    return powers / powers.sum(axis=2, keepdims=True)


RIGHT = LOGITS[..., :SCORED].argmax(axis=2)
CONFIDENCE = softmax(LOGITS[..., :SCORED].astype(np.float64)).max(axis=2)


@pytest.mark.parametrize("ending", ["npy", "npz"])
@pytest.mark.parametrize(
    "scores",
    [
        LOGITS,
        LOGITS.transpose(2, 0, 1),
        LOGITS[None],
        LOGITS.astype(np.float64),
        LOGITS[..., :SCORED],
        LOGITS[..., :SCORED].transpose(2, 0, 1)[None],
        np.asfortranarray(LOGITS),
        softmax(LOGITS),
        softmax(LOGITS[..., :SCORED]),
        softmax(LOGITS).transpose(2, 0, 1),
    ],
)
def test_every_form_gives_the_same_classes_and_confidence(tmp_path, scores, ending):
    path = tmp_path / f"a.{ending}"
    np.save(path, scores) if ending == "npy" else np.savez_compressed(path, scores)
    labels, confidence = prediction_scores.read(path, SIZE, CAMVID)
    np.testing.assert_array_equal(labels, RIGHT)
    np.testing.assert_allclose(confidence, CONFIDENCE, atol=1e-5)


def test_half_precision_is_enough(tmp_path):
    np.save(tmp_path / "a.npy", softmax(LOGITS).astype(np.float16))
    labels, confidence = prediction_scores.read(tmp_path / "a.npy", SIZE, CAMVID)
    assert (labels == RIGHT).mean() > 0.99
    np.testing.assert_allclose(confidence, CONFIDENCE, atol=2e-3)


def test_scores_smaller_than_the_picture_are_resized_before_the_decision(tmp_path):
    small = np.full((1, 2, CLASSES), -9, np.float32)
    small[0, 0, 3], small[0, 1, 5], small[0, :, 7] = 4, 4, 1
    np.save(tmp_path / "a.npy", small)
    labels, _ = prediction_scores.read(tmp_path / "a.npy", (2, 400), CAMVID)
    # Half-pixel centres at a quarter and three quarters; class 3 falls from 4 to -9 between them and meets 1 at 3/13.
    first, last = round(100 + 200 * 3 / 13), round(300 - 200 * 3 / 13)
    assert np.abs(np.flatnonzero(np.diff(labels[0].astype(int))) + 1 - [first, last]).max() <= 1
    assert labels[0, [0, 200, -1]].tolist() == [3, 7, 5]


def test_an_axis_as_long_as_the_classes_is_told_by_the_proportions(tmp_path):
    scores = np.random.default_rng(1).normal(size=(CLASSES, 30, CLASSES)).astype(np.float32)  # C x 30 x 12
    np.save(tmp_path / "a.npy", scores)
    labels, _ = prediction_scores.read(tmp_path / "a.npy", (30, CLASSES), CAMVID)
    np.testing.assert_array_equal(labels, scores[:SCORED].argmax(axis=0))


def truncated(path):
    np.savez(path, LOGITS)
    path.write_bytes(path.read_bytes()[:-200])


def corrupted(path):
    np.savez_compressed(path, LOGITS)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def false_header(path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"shape": (2**20, 2**20, CLASSES), "fortran_order": False, "descr": "<f4"}
    )
    path.write_bytes(header.getvalue() + b"1234")


def false_header_in_zip(path):
    false_header(path)
    content = path.read_bytes()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("arr_0.npy", content)


def not_finite(path):
    scores = LOGITS.copy()
    scores[4, 6, 2] = np.nan
    np.save(path, scores)


FAULTS: dict[str, tuple[str, Callable[[Path], object], tuple[object, ...]]] = {
    "no array": ("a.npy", lambda path: path.write_bytes(b"hello"), ()),
    "empty": ("a.npy", lambda path: path.write_bytes(b""), ()),
    "no zip": ("a.npz", lambda path: path.write_bytes(b"hello"), ()),
    "truncated": ("a.npz", truncated, ()),
    "corrupted": ("a.npz", corrupted, ()),
    "pickled": ("a.npy", lambda path: np.save(path, np.array([{}], object), allow_pickle=True), ()),
    "false header": ("a.npy", false_header, ()),
    "false header in a zip": ("a.npz", false_header_in_zip, ()),
    "two arrays": ("a.npz", lambda path: np.savez(path, a=LOGITS, b=LOGITS), (2, "a.npy", "b.npy")),
    "no zip member": ("a.npz", np.savez, (0,)),
    "label map": ("a.npy", lambda path: np.save(path, RIGHT), ("10 x 14", "int64", "PNG")),
    "other classes": ("a.npy", lambda path: np.save(path, LOGITS[..., :5]), ("10 x 14 x 5", CLASSES)),
    "two pictures": ("a.npy", lambda path: np.save(path, np.stack([LOGITS] * 2)), ("2 x 10 x 14 x 12",)),
    "no pixels": ("a.npy", lambda path: np.save(path, LOGITS[:0]), ("0 x 14 x 12",)),
    "not finite": ("a.npy", not_finite, ("x 6", "y 4")),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_file_that_is_of_no_use_is_named_with_the_reason(tmp_path, case):
    name, write, told = FAULTS[case]
    write(tmp_path / name)
    with pytest.raises(UserError, match=facts(name, *told)) as error:
        prediction_scores.read(tmp_path / name, SIZE, CAMVID)
    assert "\n" not in str(error.value)


def test_a_zip_that_grows_too_much_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(prediction_scores, "LARGEST", 1000)
    np.savez_compressed(tmp_path / "a.npz", np.zeros((*SIZE, CLASSES)))
    with pytest.raises(UserError, match=facts("a.npz", "GiB")):
        prediction_scores.read(tmp_path / "a.npz", SIZE, CAMVID)
