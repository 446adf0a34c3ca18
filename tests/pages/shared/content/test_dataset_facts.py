"""Facts about datasets."""

import shutil

import pytest

from data import datasets, store
from data.dataset import Archive
from pages.shared.content import dataset_facts
from tests.pages import scored

PETS = datasets.get("oxford_iiit_pet")


@pytest.mark.parametrize("name", datasets.names())
def test_a_description_names_kind_and_classes(name):
    dataset = datasets.get(name)
    sentence = dataset_facts.describe(dataset)
    assert dataset.kind
    assert sentence.startswith(dataset_facts.KINDS[dataset.kind])
    assert f"one of {len(dataset.label_space.scored)} classes: {dataset.label_space.names[0]}, " in sentence
    assert ("is not scored" in sentence) == (dataset.label_space.void is not None)


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ([791_918_971, 19_173_078], "811 MB"),
        ([1_999_639_040], "2.0 GB"),
        ([None], "size unknown"),
        ([5_000_000, None], "more than 5 MB"),
    ],
)
def test_the_size_of_a_download_as_text(sizes, text):
    assert (
        dataset_facts.download_size([Archive("http://a", "b", "c", bytes=size, sha256="0" * 64) for size in sizes])
        == text
    )


def test_files_that_are_missing_unprepared_prepared_and_damaged(tiny_data, own_cache, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tmp_path / "nothing"))
    missing = dataset_facts.find_files(PETS)
    assert (missing.counts, missing.samples, missing.problem) == ({}, {}, "")
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    unprepared = dataset_facts.find_files(PETS)
    assert (unprepared.counts, unprepared.samples, unprepared.problem) == ({"train": 3, "val": 2}, {}, "")
    store.open_all(PETS.name, tiny_data)
    prepared = dataset_facts.find_files(PETS)
    assert {split: len(samples) for split, samples in prepared.samples.items()} == prepared.counts == unprepared.counts
    other = shutil.copytree(tiny_data, tmp_path / "other")
    (other / PETS.folder / "images" / "d_4.jpg").unlink()
    monkeypatch.setenv("SEGDECK_DATA", str(other))
    damaged = dataset_facts.find_files(PETS)
    assert (damaged.counts, damaged.samples) == ({}, {})
    assert "d_4" in damaged.problem


def test_runs_are_those_trained_on_the_dataset(no_models):
    scored.make(no_models / "pets", epochs=1)
    scored.make(no_models / "street", "camvid_unet.yaml", epochs=1)
    assert list(dataset_facts.runs_of(PETS)) == ["pets"]
    assert list(dataset_facts.runs_of(datasets.get("grocery"))) == []
