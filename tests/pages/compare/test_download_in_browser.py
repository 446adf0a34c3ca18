"""Downloading the predictions in a real Chromium."""

import hashlib
import io
import json
import zipfile

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from data.decode import decode
from models.inference.predictor import RunPredictor
from models.runs.run import Run
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser

MODELS = ["tiny_pets", "tiny_street"]


def lying_on_its_side():
    """Return a JPEG larger than the page shows it, stored rotated with the EXIF tag that says so."""
    coarse = np.random.default_rng(4).integers(0, 256, (5, 8, 3), np.uint8)
    exif, content = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    upright = cv2.resize(coarse, (1500, 900), interpolation=cv2.INTER_CUBIC)
    Image.fromarray(np.rot90(upright)).save(content, "JPEG", exif=exif, quality=92)
    return content.getvalue()


def test_the_zip_of_an_upload_has_every_prediction_at_the_pictures_own_size(open_page, runs_folder):
    page = open_page(f"/Compare?models={','.join(MODELS)}&view=download")
    content = lying_on_its_side()
    files = [{"name": "my dog: *.jpg", "mimeType": "image/jpeg", "buffer": content}]
    page.locator("input[type=file]").first.set_input_files(files)
    page.locator(f".viewer[data-picture='{hashlib.sha256(content).hexdigest()}'][data-models='2']").wait_for()
    at_rest(page)
    page.get_by_role("button", name="Prepare the zip").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the zip").click()
    assert download.value.suggested_filename == "segdeck_my_dog.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("settings.json"))["picture"]["name"] == "my dog: *.jpg"
        shares = pd.read_csv(io.BytesIO(archive.read("shares.csv"))).groupby("model")[["share", "share_shown"]].sum()
        assert sorted(shares.index) == MODELS
        assert shares.to_numpy() == pytest.approx(1)
        for name in MODELS:
            expected = RunPredictor.load(Run(runs_folder / name, published=False)).predict(decode(content, "upload"))
            label_map = Image.open(io.BytesIO(archive.read(f"{name}/labels.png")))
            assert (label_map.mode, label_map.size) == ("P", (1500, 900))
            assert np.array_equal(np.asarray(label_map), expected.labels)
            assert Image.open(io.BytesIO(archive.read(f"{name}/overlay.jpg"))).size == (1500, 900)
            (image,) = json.loads(archive.read(f"{name}/objects.json"))["images"]
            assert (image["width"], image["height"]) == (1500, 900)
