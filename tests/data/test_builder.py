from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from configs.errors import UserError
from data import builder, content, datasets, store
from tests.facts import facts

ROTATED = [2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("name", ["camvid", "grocery", "oxford_iiit_pet", "voc2012"])
def test_tfds_reads_what_was_built(name: str, tiny_data: Path, tmp_path: Path) -> None:
    dataset = datasets.get(name)
    splits = store.find_pairs(dataset, tiny_data)
    paths = [path for pairs in splits.values() for pair in pairs for path in (pair.image, pair.annotation)]
    hashes = content.fingerprints(paths, tmp_path / "memo.json")
    written = builder.build(dataset, splits, hashes, tmp_path / "built")
    info = tfds.builder_from_directory(written).info
    assert info.name == name
    assert {split: info.splits[split].num_examples for split in info.splits} == {
        split: len(pairs) for split, pairs in splits.items()
    }
    counts = np.load(written / content.CLASS_PIXELS)
    assert set(counts.files) == set(splits)
    for split, pairs in splits.items():
        assert counts[split].shape == (len(pairs), len(dataset.label_space))
        source = tfds.builder_from_directory(written).as_data_source(split)
        for record, pair, row in zip(source, pairs, counts[split], strict=True):  # in the order of the pairs
            values, pixels = np.unique(dataset.read_mask(pair, (16, 24)), return_counts=True)
            assert {ident: count for ident, count in enumerate(row) if count} == dict(zip(values, pixels, strict=True))
            assert record["id"].decode() == pair.id
            assert record["sha256"].decode() == hashes[pair.image]
            assert record["image"].shape == (16, 24, 3)
            np.testing.assert_array_equal(record["mask"][..., 0], dataset.read_mask(pair, (16, 24)))
            assert ("boxes" in record) == (dataset.read_boxes is not None)
            if dataset.read_boxes:
                np.testing.assert_array_equal(record["boxes"], dataset.read_boxes(pair, (16, 24)))


def test_an_upright_image_keeps_its_bytes(tiny_data: Path) -> None:
    dataset = datasets.get("voc2012")
    pair = store.find_pairs(dataset, tiny_data)["train"][0]
    assert builder.encode(dataset, pair)[0]["image"] == pair.image.read_bytes()


@pytest.mark.parametrize("orientation", ROTATED)
def test_a_turned_image_becomes_an_upright_png(tiny_data: Path, orientation: int) -> None:
    dataset = datasets.get("grocery")
    pair = store.find_pairs(dataset, tiny_data)["train"][0]
    exif = Image.Exif()
    exif[0x0112] = orientation
    with Image.open(pair.image) as image:
        copy = image.copy()
    copy.save(pair.image, exif=exif)
    (tiny_data / "stored.png").write_bytes(builder.encode(dataset, pair)[0]["image"])
    with Image.open(tiny_data / "stored.png") as stored, Image.open(pair.image) as source:
        assert stored.format == "PNG"
        assert not stored.getexif()
        from PIL import ImageOps

        np.testing.assert_array_equal(np.asarray(stored), np.asarray(ImageOps.exif_transpose(source)))


def test_a_mask_that_a_dataset_reads_in_another_size_is_refused(tiny_data: Path) -> None:
    dataset = replace(datasets.get("voc2012"), read_mask=lambda _pair, _size: np.zeros((3, 5), np.uint8))
    pair = store.find_pairs(dataset, tiny_data)["train"][0]
    with pytest.raises(UserError, match=facts(str(pair.annotation), "5x3", "24x16")):
        builder.encode(dataset, pair)
