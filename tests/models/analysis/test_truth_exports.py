"""Suspicious regions as a table and as COCO, read back."""

import io
import json

import numpy as np
import pandas as pd
import pycocotools.mask
import pytest
from pycocotools.coco import COCO

from data.label_space import LabelSpace
from models.analysis import suspicious_truth, truth_exports
from models.analysis.suspicious_truth import Answer, Judged, SuspiciousRegion

SPACE = LabelSpace(("cat", "dog", "sky", "void"), ("#0072b2", "#f0e442", "#d55e00", "#000000"), void=3)
MODELS = ("first", "second")


@pytest.fixture(name="regions")
def two_regions() -> tuple[SuspiciousRegion, ...]:
    labels = np.zeros((40, 60), np.uint8)
    labels[:10, :30], labels[30:, 40:] = 1, 2
    answers = [Answer(labels, np.full(labels.shape, level, np.uint8)) for level in (60, 45)]
    images = [Judged(name, np.zeros_like(labels), answers) for name in ("a", "b")]
    return suspicious_truth.find(images, 2 * [np.zeros(256)], SPACE).regions


def test_the_table_is_read_back(regions):
    verdicts = {truth_exports.key_of(regions[1]): truth_exports.WRONG}
    text = truth_exports.table(regions, MODELS, SPACE, verdicts).to_csv(index=False)
    read = pd.read_csv(io.StringIO(text), keep_default_na=False)
    assert read["rank"].tolist() == [1, 2, 3, 4]
    assert read["image"].tolist() == ["a", "b", "a", "b"]
    assert read["truth"].tolist() == 4 * ["cat"]
    assert read["proposed"].tolist() == ["dog", "dog", "sky", "sky"]
    assert read.loc[0, ["left", "top", "width", "height"]].tolist() == [0, 0, 30, 10]
    assert read["confidence second"].tolist() == 4 * [0.75]
    assert read["verdict"].tolist() == ["", "mask wrong", "", ""]


def test_without_regions_the_table_has_its_columns():
    assert "confidence first" in truth_exports.table([], MODELS, SPACE).columns


def test_coco_is_read_by_its_own_tools(regions, tmp_path):
    verdicts = {truth_exports.key_of(regions[0]): truth_exports.UNSURE}
    document = truth_exports.coco(regions, MODELS, SPACE, verdicts, {"a": "a.jpg"})
    (tmp_path / "coco.json").write_text(json.dumps(document))
    read = COCO(tmp_path / "coco.json")
    assert [(image["file_name"], image["height"], image["width"]) for image in read.dataset["images"]] == [
        ("a.jpg", 40, 60),
        ("b", 40, 60),
    ]
    assert [category["name"] for category in read.loadCats(read.getCatIds())] == ["cat", "dog", "sky"]
    for region, entry in zip(regions, read.loadAnns(read.getAnnIds()), strict=True):
        assert read.loadCats(entry["category_id"])[0]["name"] == SPACE.names[region.proposed]
        mask = read.annToMask(entry)
        assert mask.sum() == entry["area"] == region.pixels
        assert pycocotools.mask.toBbox(entry["segmentation"]).tolist() == entry["bbox"] == list(region.box)
        assert entry["attributes"]["truth"] == "cat"
        assert entry["attributes"]["confidence"] == {"first": 1.0, "second": 0.75}
    assert [entry["attributes"]["verdict"] for entry in read.loadAnns(read.getAnnIds())] == ["unsure", "", "", ""]
