"""Measurements of a split: of its own photographs and masks, made once."""

import numpy as np
import pytest

from data import store
from data.image_measures import MEASURES, measure
from pages.evaluation import measurements


@pytest.fixture
def samples(prepared_data, tmp_path, monkeypatch):
    found = store.open_split("oxford_iiit_pet", "val", prepared_data)
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path))
    return found


def test_measurements_are_made_once_and_kept(samples, monkeypatch):
    expected = [measure(sample.image, sample.mask, samples.label_space) for sample in samples]
    file = measurements.file_of(samples)
    made = measurements.of(samples)
    np.testing.assert_array_equal(np.transpose([made[name] for name in MEASURES]), expected)
    assert file.is_file()
    monkeypatch.setattr(measurements, "Job", None)  # whoever measures again fails
    again = measurements.of(samples)
    for name in MEASURES:
        np.testing.assert_array_equal(again[name], made[name])


def test_other_images_and_damaged_files_are_measured_anew(samples):
    measurements.of(samples)
    some = samples.subset([1])
    assert measurements.file_of(some) != measurements.file_of(samples)
    turned = measurements.of(samples.subset([1, 0]))
    assert turned["brightness"].tolist() == measurements.of(samples)["brightness"].tolist()[::-1]
    made = measurements.of(some)
    assert made["brightness"].tolist() == [measure(some[0].image, some[0].mask, some.label_space)[0]]
    measurements.file_of(some).write_bytes(b"damaged")
    assert measurements.of(some)["brightness"].tolist() == made["brightness"].tolist()
    assert measurements.file_of(some).stat().st_size > 100, "mended"


def test_measurements_are_shown_where_the_cache_cannot_be_written(samples, tmp_path):
    (tmp_path / "image_measures").write_text("in the way of the folder")
    made = measurements.of(samples)
    assert made["brightness"].tolist() == measurements.of(samples)["brightness"].tolist()
    measurements._JOBS.clear()
