"""A strip of the gallery shows photograph, truth and the very answer that Compare shows."""

import shutil

import cv2
import numpy as np
import pytest

from models.runs import Run
from pages.components import answers, gallery
from pages.components.pictures import dataset_picture
from pages.components.places import Place


@pytest.mark.parametrize(("name", "dataset"), [("tiny_pets", "oxford_iiit_pet"), ("tiny_street", "camvid")])
def test_a_strip_has_the_answer_that_compare_shows(runs_folder, datasets_here, tmp_path, name, dataset):
    run = Run(shutil.copytree(runs_folder / name, tmp_path / name), published=False)
    place = Place(dataset, "val", "e_5")
    picture, sample = dataset_picture(place), place.sample()
    shown = gallery._strip(picture.digest, answers.weights_digest(run), str(run.path), place, run)
    found = answers.known(picture, run)
    assert found is not None, "asked for the same picture"
    labels = answers.label_map(found)
    assert labels.shape == sample.mask.shape
    np.testing.assert_array_equal(shown, gallery.strip(sample, labels, run.label_space))
    assert (labels != sample.mask).any(), "else nobody could tell truth and answer apart"
    size = round(sample.mask.shape[1] * gallery.HEIGHT / sample.mask.shape[0]), gallery.HEIGHT
    panels = [gallery.overlay(sample.image, plane, run.label_space) for plane in (sample.mask, labels)]
    for place_in_strip, panel in enumerate([sample.image, *panels]):
        left = place_in_strip * (size[0] + gallery.GAP)
        np.testing.assert_array_equal(
            shown[:, left : left + size[0], :3], cv2.resize(panel, size, interpolation=cv2.INTER_LINEAR)
        )
