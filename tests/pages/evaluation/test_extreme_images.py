"""A strip of the gallery shows photograph, truth and the very answer that Compare shows."""

import shutil

import cv2
import numpy as np
import pytest

from data.label_maps import overlay
from models.runs.run import Run
from pages.evaluation import extreme_images
from pages.shared.content import predictions
from pages.shared.content.dataset_items import Place
from pages.shared.content.images import dataset_picture


@pytest.mark.parametrize(("name", "dataset"), [("tiny_pets", "oxford_iiit_pet"), ("tiny_street", "camvid")])
def test_a_strip_has_the_answer_that_compare_shows(runs_folder, datasets_here, tmp_path, name, dataset):
    run = Run(shutil.copytree(runs_folder / name, tmp_path / name), published=False)
    place = Place(dataset, "val", "e_5")
    picture, sample = dataset_picture(place), place.sample()
    shown = extreme_images._strip(picture.digest, predictions.weights_digest(run), str(run.path), place, run)
    found = predictions.known(picture, run)
    assert found is not None, "asked for the same picture"
    labels = predictions.label_map(found)
    assert labels.shape == sample.mask.shape
    np.testing.assert_array_equal(shown, extreme_images.strip(sample, labels, run.label_space))
    assert (labels != sample.mask).any(), "else nobody could tell truth and answer apart"
    size = round(sample.mask.shape[1] * extreme_images.HEIGHT / sample.mask.shape[0]), extreme_images.HEIGHT
    panels = [overlay(sample.image, plane, run.label_space, extreme_images.OPACITY) for plane in (sample.mask, labels)]
    for place_in_strip, panel in enumerate([sample.image, *panels]):
        left = place_in_strip * (size[0] + extreme_images.GAP)
        np.testing.assert_array_equal(
            shown[:, left : left + size[0], :3], cv2.resize(panel, size, interpolation=cv2.INTER_LINEAR)
        )
