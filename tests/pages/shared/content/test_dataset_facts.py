"""What is told of a dataset."""

import shutil

import pytest

from data import datasets, store
from data.dataset import Archive
from pages.shared.content import dataset_facts
from tests.pages import scored

PETS = datasets.get("oxford_iiit_pet")


@pytest.mark.parametrize("name", datasets.names())
def test_a_sentence_says_what_it_is(name):
    dataset = datasets.get(name)
    sentence = dataset_facts.about(dataset)
    assert sentence.startswith(dataset_facts.KINDS[dataset.kind])
    assert f"one of {len(dataset.label_space.scored)} classes: {dataset.label_space.names[0]}, " in sentence
    assert ("is not scored" in sentence) == (dataset.label_space.void is not None)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([791_918_971, 19_173_078], "811 MB"),
        ([1_999_639_040], "2.0 GB"),
        ([None], "its host does not say how much"),
        ([5_000_000, None], "more than 5 MB"),
    ],
)
def test_the_size_of_a_download_is_told_in_words(sizes, words):
    assert dataset_facts.size([Archive("http://a", "b", "c", bytes=size, sha256="0" * 64) for size in sizes]) == words


def test_files_that_are_missing_unprepared_ready_and_broken(tiny_data, own_cache, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tmp_path / "nothing"))
    missing = dataset_facts.files(PETS)
    assert (missing.counts, missing.samples, missing.fault) == ({}, {}, "")
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    unprepared = dataset_facts.files(PETS)
    assert (unprepared.counts, unprepared.samples, unprepared.fault) == ({"train": 3, "val": 2}, {}, "")
    store.open_all(PETS.name, tiny_data)
    ready = dataset_facts.files(PETS)
    assert {split: len(samples) for split, samples in ready.samples.items()} == ready.counts == unprepared.counts
    other = shutil.copytree(tiny_data, tmp_path / "other")
    (other / PETS.folder / "images" / "d_4.jpg").unlink()
    monkeypatch.setenv("SEGDECK_DATA", str(other))
    broken = dataset_facts.files(PETS)
    assert (broken.counts, broken.samples) == ({}, {})
    assert "d_4" in broken.fault


def test_models_are_those_of_the_dataset(no_models):
    scored.make(no_models / "pets", epochs=1)
    scored.make(no_models / "street", "camvid_unet.yaml", epochs=1)
    assert list(dataset_facts.models(PETS)) == ["pets"]
    assert list(dataset_facts.models(datasets.get("grocery"))) == []
