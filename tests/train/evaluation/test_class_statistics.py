"""How often each class occurs in the training masks."""

import pytest

from configs import schema
from data import store
from models.runs.run import Run
from train.evaluation import class_statistics


@pytest.fixture
def run(tmp_path, streets, cache, tiny, monkeypatch) -> Run:
    """Return a run that was trained on the streets."""
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    (tmp_path / "config.yaml").write_text(schema.dump(tiny()))
    hashes = store.open_split("camvid", "train", streets).hashes
    (tmp_path / "train_images.txt").write_text("\n".join(hashes))
    return Run(tmp_path, published=False)


def test_classes_of_the_training_pictures(run, streets):
    counted = class_statistics.count(run, streets)
    assert counted is not None
    samples = store.open_split("camvid", "train", streets)
    assert counted.pictures == len(samples)
    names = [run.label_space.names[ident] for ident in run.label_space.scored]
    assert [entry.name for entry in counted.classes] == names
    for ident, entry in zip(run.label_space.scored, counted.classes, strict=True):
        masks = [samples[index].mask == ident for index in range(len(samples))]
        assert entry.pixels == sum(int(mask.sum()) for mask in masks)
        assert entry.pictures == sum(bool(mask.any()) for mask in masks)


def test_other_pictures_than_those_trained_on_are_not_counted(run, streets):
    (run.path / "train_images.txt").write_text("ab" * 32)
    assert class_statistics.count(run, streets) is None
