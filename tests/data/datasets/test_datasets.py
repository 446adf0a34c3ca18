"""The contract of every dataset that discovery finds."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from configs import files
from configs.errors import UserError
from data import datasets, decode, samples, store

REAL_COUNTS = {
    "oxford_iiit_pet": {"train": 493, "val": 100},
    "camvid": {"train": 367, "val": 101},
    "voc2012": {"train": 3162, "val": 267},
    "grocery": {"train": 812, "val": 140},
}
SPACES = {  # classes, void
    "oxford_iiit_pet": (3, None),
    "camvid": (12, 11),
    "voc2012": (22, 21),
    "grocery": (25, None),
}
every_dataset = pytest.mark.parametrize("name", datasets.names())


def test_the_four_datasets_are_found() -> None:
    assert set(SPACES) <= set(datasets.names())


@pytest.mark.parametrize("name", SPACES)
def test_label_spaces_have_the_agreed_ids(name: str) -> None:
    space = datasets.get(name).label_space
    assert (len(space), space.void) == SPACES[name]


@every_dataset
def test_a_dataset_describes_itself(name: str) -> None:
    dataset = datasets.get(name)
    assert dataset.name == name
    assert dataset.title
    assert dataset.licence
    assert dataset.homepage.startswith("http")
    assert samples.pictures(dataset.kind)
    assert not Path(dataset.folder).is_absolute()


@every_dataset
def test_downloads_have_checksums(name: str) -> None:
    dataset = datasets.get(name)
    for archive in dataset.archives:
        digest = archive.sha256 or archive.tree_sha256
        assert re.fullmatch("[0-9a-f]{64}", digest or "")
        assert archive.url.startswith("http")
        assert archive.target.startswith(dataset.folder)
        assert archive.tree_sha256 is None or archive.parts  # a tree digest is over named folders


@every_dataset
def test_an_empty_folder_is_rejected(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=re.escape(str(tmp_path))):
        datasets.get(name).pairs(tmp_path)


@every_dataset
def test_real_files_build_and_read_back(name: str, shared_data: Path) -> None:
    dataset = datasets.get(name)
    if not (shared_data / dataset.folder).is_dir():
        reason = f"{shared_data} has no {dataset.folder}"
        if name in REAL_COUNTS and os.environ.get("SEGDECK_REQUIRE_SHARED") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    splits = store.open_all(name, shared_data)
    counts = {split: len(members) for split, members in splits.items()}
    assert counts == REAL_COUNTS.get(name, counts)
    pairs = dataset.pairs(shared_data / dataset.folder)
    for split, members in splits.items():
        for index in range(0, len(members), max(1, len(members) // 5)):
            sample, pair = members[index], pairs[split][index]
            assert sample.id == pair.id
            assert members.hashes[index] == files.sha256(pair.image)
            assert sample.mask.shape == sample.image.shape[:2]
            assert set(np.unique(sample.mask)) <= set(range(len(dataset.label_space)))
            np.testing.assert_array_equal(sample.image, decode.read(pair.image))
            np.testing.assert_array_equal(sample.mask, dataset.read_mask(pair, sample.image.shape[:2]))
            assert (sample.boxes is None) == (dataset.read_boxes is None)
            if sample.boxes is not None:
                assert set(sample.boxes[:, 0]) == set(np.unique(sample.mask)) - {dataset.label_space.background}


def test_the_error_for_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match=f"'ade20k'; known are {', '.join(datasets.names())}"):
        datasets.get("ade20k")
