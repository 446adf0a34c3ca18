"""Suspicious truth: thresholds, agreement, regions and their order."""

import cv2
import numpy as np
import pycocotools.mask
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from data.label_space import LabelSpace
from models.analysis import suspicious_truth
from models.analysis.suspicious_truth import NOT_SUSPICIOUS, Answer, Judged, Options

SPACE = LabelSpace(("cat", "dog", "sky", "void"), ("#0072b2", "#f0e442", "#d55e00", "#000000"), void=3)
SIZE = (40, 60)
NO_LIMIT = np.zeros(256)


def answer(labels, confidence=60):
    labels = np.array(labels, np.uint8)
    return Answer(labels, np.broadcast_to(np.array(confidence, np.uint8), labels.shape))


def picture(*boxes, truth=0, confidence=60, models=2):
    """Return an image whose truth is one class, and of which all models say ``(class, rows, columns)``."""
    labels = np.full(SIZE, truth, np.uint8)
    for ident, rows, columns in boxes:
        labels[rows, columns] = ident
    return Judged("a", np.full(SIZE, truth, np.uint8), models * [answer(labels, confidence)])


def test_a_threshold_is_the_mean_confidence_where_model_and_truth_agree():
    truth = np.array([[0, 0, 1, 1, 3]], np.uint8)
    one, other = answer([[0, 0, 1, 0, 2]], [[60, 40, 30, 10, 60]]), answer([[1, 1, 1, 1, 1]], [[9, 9, 20, 40, 9]])
    limits = suspicious_truth.thresholds(2 * [Judged("a", truth, [one, other])], 2)
    assert [limit[:4].tolist() for limit in limits] == [[50, 30, np.inf, np.inf], [np.inf, 30, np.inf, np.inf]]


@pytest.mark.parametrize(
    ("truth", "labels", "confidence", "suspicious"),
    [
        (0, (1, 1), (50, 40), True),
        (0, (1, 1), (49, 60), False),  # the first is less confident than usual
        (0, (1, 1), (60, 39), False),
        (0, (1, 2), (60, 60), False),  # they agree only that it is no cat
        (0, (0, 0), (60, 60), False),
        (3, (1, 1), (60, 60), False),  # void
        (255, (1, 1), (60, 60), False),  # ignored
        (0, (2, 2), (60, 60), False),  # a class that the second never gets right
    ],
)
def test_which_pixels_are_suspicious(truth, labels, confidence, suspicious):
    answers = [answer([[ident]], value) for ident, value in zip(labels, confidence, strict=True)]
    limits = [np.array([0, 50, 10, *253 * [np.inf]]), np.array([0, 40, np.inf, *253 * [np.inf]])]
    found = suspicious_truth.proposals(np.array([[truth]], np.uint8), answers, limits, SPACE)
    assert found.item() == (labels[0] if suspicious else NOT_SUSPICIOUS)


def test_pairs_with_too_few_pixels_are_not_looked_at(monkeypatch):
    looked, components = [], suspicious_truth._components

    def look(mask, radius):
        looked.append(mask.sum())
        return components(mask, radius)

    monkeypatch.setattr(suspicious_truth, "_components", look)
    image = picture((1, slice(5, 15), slice(5, 15)), (2, slice(30, 32), slice(30, 32)))
    (found,) = suspicious_truth.regions(image, 2 * [NO_LIMIT], SPACE, Options(smallest=0.01))
    assert found.proposed == 1
    assert looked == [100], "the other has 4 pixels of the 24 that a region needs"


maps = npst.arrays(np.uint8, (6, 7), elements=st.integers(0, 2))
levels = npst.arrays(np.uint8, (6, 7), elements=st.integers(0, 60))


@given(npst.arrays(np.uint8, (6, 7), elements=st.sampled_from([0, 1, 2, 3, 255])), maps, levels, maps, levels)
def test_nothing_is_suspicious_where_the_truth_is_void_or_models_disagree(truth, labels, sure, others, surer):
    image = Judged("a", truth, [Answer(labels, sure), Answer(others, surer)])
    limits = suspicious_truth.thresholds([image], 2)
    found = suspicious_truth.proposals(truth, image.answers, limits, SPACE) != NOT_SUSPICIOUS
    assert not found[(truth >= 3) | (labels != others) | (labels == truth)].any()
    naive = [
        (row, column)
        for row, column in np.ndindex(6, 7)
        if truth[row, column] < 3
        and labels[row, column] == others[row, column] != truth[row, column]
        and all(
            values[row, column] >= np.mean(values[(truth == kinds) & (kinds == kinds[row, column])].tolist() or [99])
            for kinds, values in image.answers
        )
    ]
    assert list(map(tuple, np.argwhere(found).tolist())) == naive
    whole = Options(smallest=0, opening=0)
    for region in suspicious_truth.regions(image, limits, SPACE, whole):
        assert found[pycocotools.mask.decode(region.run_lengths).astype(bool)].all()


def test_a_region_has_its_place_its_classes_and_its_confidence():
    labels = np.zeros(SIZE, np.uint8)
    labels[10:22, 20:40] = 1
    image = Judged("a", np.zeros(SIZE, np.uint8), [answer(labels, 60), answer(labels, 45)])
    (region,) = suspicious_truth.regions(image, [NO_LIMIT + 54, NO_LIMIT + 42], SPACE)
    assert (region.image, region.truth, region.proposed) == ("a", 0, 1)
    assert region.box == (20, 10, 20, 12)
    expected = scipy.ndimage.binary_opening(labels == 1)  # a disc of radius 1 is the cross
    assert np.array_equal(pycocotools.mask.decode(region.run_lengths), expected)
    assert region.pixels == expected.sum() == 12 * 20 - 4
    assert region.confidence == (1.0, 0.75)
    assert region.score == pytest.approx(region.pixels * (6 / 7 + 3 / 19) / 2)


def test_a_mask_is_opened_as_in_the_whole_image():
    random, radius = np.random.default_rng(0), 3
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    for _ in range(20):
        top, left = random.integers(0, 30), random.integers(0, 50)
        mask = np.zeros(SIZE, bool)
        mask[top : top + 25, left : left + 30] = True
        mask &= scipy.ndimage.gaussian_filter(random.normal(size=SIZE), 2) > -0.1
        numbers, boxes = suspicious_truth._components(mask, radius)
        opened = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, disc)
        count, whole, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8, ltype=cv2.CV_32S)
        assert np.array_equal(numbers, whole)
        assert boxes == [(index, tuple(stats[index, :4].tolist())) for index in range(1, count)]


def test_regions_of_different_classes_are_separate_and_those_that_touch_at_a_corner_one():
    image = picture((1, slice(5, 15), slice(5, 15)), (2, slice(5, 15), slice(15, 25)), (1, slice(20, 30), slice(5, 15)))
    found = list(suspicious_truth.regions(image, 2 * [NO_LIMIT], SPACE))
    assert sorted((region.proposed, region.box[:2]) for region in found) == [(1, (5, 5)), (1, (5, 20)), (2, (15, 5))]


@pytest.mark.parametrize(("height", "kept"), [(2, False), (3, True)])
def test_bands_thinner_than_the_opening_are_no_regions(height, kept):
    image = picture((1, slice(10, 10 + height), slice(0, 60)))  # the diagonal is 72 pixels long
    assert bool(list(suspicious_truth.regions(image, 2 * [NO_LIMIT], SPACE, Options(opening=1 / 72)))) == kept


def test_the_border_of_the_image_does_not_wear_a_region_away():
    image = picture((1, slice(0, 40), slice(0, 60)))
    (region,) = suspicious_truth.regions(image, 2 * [NO_LIMIT], SPACE, Options(opening=0.1))
    assert region.pixels == 40 * 60


@pytest.mark.parametrize(("smallest", "count"), [(99 / 2400, 1), (100 / 2400, 0)])
def test_the_smallest_area_is_a_share_of_the_image(smallest, count):
    image = picture((1, slice(0, 10), slice(0, 10)))  # the opening takes the pixel at the inner corner
    assert len(list(suspicious_truth.regions(image, 2 * [NO_LIMIT], SPACE, Options(smallest=smallest)))) == count


def test_the_highest_scores_are_kept_and_ranked():
    images = [picture((1, slice(0, side), slice(0, side)))._replace(id=str(side)) for side in (6, 12, 9, 0, 15)]
    found = suspicious_truth.find(images, 2 * [NO_LIMIT], SPACE, Options(most=2))
    assert [region.image for region in found.regions] == ["15", "12"]
    assert found.left_out == 2
    assert [(image.id, image.regions) for image in found.images] == [("15", 1), ("12", 1), ("9", 1), ("6", 1)]
    assert found.images[0].share == (15 * 15 - 1) / 2400


def test_the_share_of_an_image_is_that_of_its_scored_pixels():
    image = picture((1, slice(0, 20), slice(0, 60)))
    image.truth[20:] = 3
    found = suspicious_truth.find([image], 2 * [NO_LIMIT], SPACE)
    assert found.images[0].share == 1
