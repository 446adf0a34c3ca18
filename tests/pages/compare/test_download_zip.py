"""The contents of the zip."""

import io
import json
import re
import zipfile
from hashlib import sha256

import cv2
import numpy as np
import pandas as pd
import pycocotools.mask
import pytest
from PIL import Image

from configs.paths import ROOT
from data.label_space import LabelSpace
from models.inference.predictor import RunPredictor
from models.metrics.regions import regions
from models.runs.run import Run
from pages.compare import download_zip
from pages.shared.content import loaded_models, predictions
from pages.shared.content.images import DISPLAY_SIDE, Picture, sample_pictures
from pages.shared.content.predictions import ModelPrediction

SIZE = 900, 1500
"""Height and width of the upright picture; larger than the page shows it."""


@pytest.fixture(scope="module")
def picture():
    """Return an upload stored rotated, larger than the browser receives it, whose name is a path to another folder."""
    coarse = np.random.default_rng(3).integers(0, 256, (5, 8, 3), np.uint8)
    upright = cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    exif, content = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6  # the top row of the upright picture is the left column of the stored one
    Image.fromarray(np.rot90(upright)).save(content, "PNG", exif=exif)
    return Picture("5" * 64, "../a: b*?.jpg", "your picture", content=content.getvalue())


@pytest.fixture(scope="module")
def found(runs_folder, picture):
    """Return the predictions of two models whose names become equal as file names."""
    models = {"a/b": "tiny_pets", "A:B": "tiny_street"}
    runs = {name: Run(runs_folder / folder, published=False) for name, folder in models.items()}
    return [ModelPrediction(name, run, predictions.predict(picture, run)) for name, run in runs.items()]


@pytest.fixture(scope="module")
def archive(picture, found):
    file = io.BytesIO()
    steps = list(download_zip.write(file, picture, found))
    done = [done for done, _ in steps]
    assert done == sorted(set(done))
    assert done[0] == 0
    assert done[-1] < 1
    assert all(any(one.name in doing for one in found) for _, doing in steps)
    return zipfile.ZipFile(file)


@pytest.fixture(scope="module")
def expected(found, picture):
    """Return the label space and the prediction at the picture's own size, by folder."""
    runs = zip(["a_b", "A_B_2"], (one.run for one in found), strict=True)
    return {folder: (run.label_space, RunPredictor.load(run).predict(picture.pixels())) for folder, run in runs}


def table(archive, name):
    return pd.read_csv(archive.open(name))


def test_the_files(archive):
    each = ["labels.png", "overlay.jpg", "objects.json"]
    files = [f"{folder}/{name}" for folder in ("a_b", "A_B_2") for name in each]
    assert archive.namelist() == [*files, "shares.csv", "objects.csv", "settings.json", "README.txt"]
    assert archive.testzip() is None
    readme = archive.read("README.txt").decode()
    assert [name for name in [*each, *archive.namelist()[6:-1]] if f"\n{name} " not in readme] == []


def test_label_maps_are_the_predictions_at_the_picture_s_own_size(archive, expected):
    for folder, (space, prediction) in expected.items():
        image = Image.open(archive.open(f"{folder}/labels.png"))
        assert (image.mode, image.size) == ("P", SIZE[::-1])
        assert np.array_equal(np.asarray(image), prediction.labels)
        colours = image.convert("RGB")
        assert np.array_equal(np.asarray(colours), space.palette()[prediction.labels])


def test_overlays_are_the_picture_with_the_colours_over_it(archive, expected, picture):
    for folder, (space, prediction) in expected.items():
        image = np.asarray(Image.open(archive.open(f"{folder}/overlay.jpg")).convert("RGB"), float)
        blended = 0.45 * picture.pixels() + 0.55 * space.palette()[prediction.labels]
        assert image.shape == (*SIZE, 3)
        assert np.abs(image - blended).mean() < 3


def test_objects_are_the_regions_of_the_label_map(archive, expected, found):
    rows = table(archive, "objects.csv")
    assert list(rows.columns) == list(download_zip.OBJECTS)
    for (folder, (space, prediction)), one in zip(expected.items(), found, strict=True):
        smallest = one.run.experiment.evaluate.smallest_object
        things, indices = regions(prediction.labels, prediction.confidence, space, smallest)
        document = json.loads(archive.read(f"{folder}/objects.json"))
        own = rows[rows["model"] == one.name].reset_index(drop=True)
        assert len(things) == len(document["annotations"]) == len(own) > 0
        assert document["images"][0] == {"id": 1, "file_name": "../a: b*?.jpg", "width": SIZE[1], "height": SIZE[0]}
        for thing, entry, row in zip(things, document["annotations"], own.to_dict("records"), strict=True):
            assert np.array_equal(pycocotools.mask.decode(entry["segmentation"]), indices == entry["id"])
            assert pycocotools.mask.toBbox(entry["segmentation"]).tolist() == entry["bbox"] == list(thing.box)
            assert pycocotools.mask.area(entry["segmentation"]) == entry["area"] == thing.area
            assert [row[key] for key in ("left", "top", "width", "height")] == entry["bbox"]
            assert (row["object"], row["class_id"], row["area"]) == (entry["id"], entry["category_id"], entry["area"])
            assert row["class"] == space.names[thing.ident]
            assert row["share"] == pytest.approx(thing.area / (SIZE[0] * SIZE[1]))
            assert row["confidence"] == entry["score"] == thing.confidence


def test_shares_of_the_label_map_and_of_the_page(archive, expected, found):
    rows = table(archive, "shares.csv")
    assert list(rows.columns) == list(download_zip.SHARES)
    for (space, prediction), one in zip(expected.values(), found, strict=True):
        own = rows[rows["model"] == one.name]
        assert own["class_id"].tolist() == list(space.scored)
        assert own["class"].tolist() == [space.names[ident] for ident in space.scored]
        assert own["pixels"].tolist() == [int((prediction.labels == ident).sum()) for ident in space.scored]
        assert own["share"].to_numpy() == pytest.approx(own["pixels"] / prediction.labels.size)
        assert own[["share", "share_shown"]].sum().tolist() == pytest.approx([1, 1])
        assert own["share_shown"].tolist() == [one.prediction.shares[ident] for ident in space.scored]
        assert own["share_shown"].to_numpy() == pytest.approx(own["share"].to_numpy(), abs=0.005)
        assert own["share_shown"].tolist() != own["share"].tolist(), "the picture is larger than the page shows it"


def test_shares_agree_for_a_picture_that_the_page_shows_at_its_own_size(runs_folder):
    cat = next(picture for picture in sample_pictures() if picture.sample == "chelsea")
    run, file = Run(runs_folder / "tiny_pets", published=False), io.BytesIO()
    list(download_zip.write(file, cat, [ModelPrediction("tiny_pets", run, predictions.predict(cat, run))]))
    archive = zipfile.ZipFile(file)
    assert max(cat.pixels().shape) <= DISPLAY_SIDE
    assert table(archive, "shares.csv")["share"].tolist() == table(archive, "shares.csv")["share_shown"].tolist()
    settings = json.loads(archive.read("settings.json"))["picture"]
    assert (settings["sha256"], settings["sha256_of"]) == (cat.digest, "the pixels")
    assert settings["credit"] == cat.credit


def test_settings_identify_the_picture_and_the_models(archive, found):
    settings = json.loads(archive.read("settings.json"))
    assert settings["picture"] == {
        "name": "../a: b*?.jpg",
        "width": SIZE[1],
        "height": SIZE[0],
        "sha256": "5" * 64,
        "sha256_of": "the file",
        "credit": "",
        "dataset": None,
    }
    assert settings["overlay_opacity"] == 0.55
    for entry, folder, one in zip(settings["models"], ["a_b", "A_B_2"], found, strict=True):
        run = one.run
        assert (entry["name"], entry["folder"], entry["dataset"]) == (one.name, folder, run.dataset.name)
        assert entry["weights_sha256"] == sha256(run.weights.read_bytes()).hexdigest()
        assert entry["model_sha256"] == loaded_models.weights_digest(run)
        assert entry["engine"] == one.prediction.engine
        assert entry["smallest_object"] == run.experiment.evaluate.smallest_object


def test_the_overlay_has_the_initial_opacity_of_the_viewer():
    code = (ROOT / "pages" / "shared" / "ui" / "panels" / "settings.js").read_text(encoding="utf-8")
    assert re.findall(r"\bopacity(?: \?\?|:) (\d+)", code) == [f"{download_zip.OPACITY * 100:.0f}"]


def test_the_overlay_of_a_picture_too_long_for_a_jpeg_is_a_png():
    space = LabelSpace(("a", "b"), ("#ff0000", "#0000ff"))
    pixels = np.full((1, download_zip.LONGEST_JPEG + 1, 3), 100, np.uint8)
    suffix, content = download_zip.overlay(pixels, np.ones(pixels.shape[:2], np.uint8), space)
    assert suffix == ".png"
    assert np.asarray(Image.open(io.BytesIO(content)))[0, -1].tolist() == [45, 45, 185]
