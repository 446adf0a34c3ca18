"""The command line that lists suspicious truth."""

import shutil
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pycocotools.coco import COCO

from configs import command_line
from configs.errors import UserError
from data import store
from models.added.adding_predictions import add_predictions
from models.runs.run import Run
from tests.facts import facts, mentions
from train import suspicious_truth
from train.evaluation import scoring


@pytest.fixture(name="call")
def calling(monkeypatch, data_dir, tmp_path):
    """Return a function that calls the command line and returns its exit code; the cache is the test's own."""
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["suspicious_truth", *map(str, arguments), "--data-dir", str(data_dir)])
        with pytest.raises(SystemExit) as stop:
            command_line.run(suspicious_truth.main)
        return stop.value.code

    return call


def test_missing_predictions_are_made_once_and_the_regions_are_written(run, call, tmp_path, capsys, monkeypatch):
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    assert call(run.path, "--output", tmp_path / "found") == 0
    assert mentions(capsys.readouterr().out, tmp_path / "found")
    table = pd.read_csv(tmp_path / "found" / "regions.csv")
    document = COCO(tmp_path / "found" / "coco.json")
    assert len(table) == len(document.getAnnIds()) > 0
    assert table["pixels"].tolist() == [entry["area"] for entry in document.loadAnns(document.getAnnIds())]
    assert {image["file_name"] for image in document.dataset["images"]} <= {f"street{n}.png" for n in range(5)}
    assert {path: content for path, content in before.items() if path.read_bytes() != content} == {}
    monkeypatch.setattr(scoring, "evaluate_run", lambda *_, **__: pytest.fail("scored again"))
    assert call(run.path, "--output", tmp_path / "again", "--most", 2) == 0
    assert pd.read_csv(tmp_path / "again" / "regions.csv").equals(table.head(2))


def test_predictions_for_other_images_of_the_same_names_are_not_used(run, data_dir, monkeypatch, tmp_path):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    changed = tmp_path / "data"
    shutil.copytree(data_dir, changed)
    (before,) = [image for image in suspicious_truth.judged_images([run], changed, "val") if image.id == "street0"]
    (file,) = changed.rglob("val/street0.png")
    Image.fromarray(np.asarray(Image.open(file).convert("RGB"))[::-1]).save(file)
    (after,) = [image for image in suspicious_truth.judged_images([run], changed, "val") if image.id == "street0"]
    assert np.array_equal(before.truth, after.truth)
    assert not np.array_equal(before.answers[0].confidence, after.answers[0].confidence)


def test_a_mistake_is_one_line(run, call, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert call(run.path, "--output", tmp_path / "file") == 2
    assert mentions(capsys.readouterr().err, tmp_path / "file")
    assert call(run.path, "--dataset", "voc2012", "--output", tmp_path / "found") == 2
    assert mentions(capsys.readouterr().err, "streets", "camvid", "voc2012")
    assert call(run.path, run.path, "--output", tmp_path / "found") == 2
    assert mentions(capsys.readouterr().err, "streets")
    assert call(run.path, "--most", "0", "--output", tmp_path / "found") == 2
    assert mentions(capsys.readouterr().err, "--most", 1)


def test_a_model_that_gives_labels_only_is_named(data_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "runs"))
    (tmp_path / "theirs").mkdir()
    for sample in store.open_split("camvid", "val", data_dir):
        Image.fromarray(np.where(sample.mask == 11, 0, sample.mask).astype(np.uint8)).save(
            tmp_path / "theirs" / f"{sample.id}.png"
        )
    theirs = add_predictions(tmp_path / "theirs", "camvid", "val", "theirs", data_dir)
    with pytest.raises(UserError, match=facts("theirs", "confident")):
        suspicious_truth.judged_images([theirs], data_dir, "val")


def test_only_images_that_every_model_was_scored_on_are_searched(run, call, data_dir, tmp_path):
    samples = store.open_split("camvid", "val", data_dir)
    other = Run(shutil.copytree(run.path, tmp_path / "other"), published=False)
    with (other.path / "train_images.txt").open("a") as file:
        file.write(f"\n{samples.hashes[samples.ids.index('street0')]}\n")
    images = list(suspicious_truth.judged_images([run, other], data_dir, "val"))
    assert [image.id for image in images] == ["street1", "street2", "street3", "street4"]
    for image in images:
        assert np.array_equal(image.truth, samples.mask(samples.ids.index(image.id)))
        first, second = image.answers
        assert np.array_equal(first.labels, second.labels)
        assert first.labels.shape == first.confidence.shape == image.truth.shape
