"""The images with most errors of one class, and which pixels these are."""

import numpy as np
import pytest

from data.label_space import LabelSpace
from pages.evaluation.class_errors import FOUND, INVENTED, MISSED, OTHER, OfClass
from pages.evaluation.lighting import Pixels
from tests.facts import mentions
from tests.pages.app import has_no_messages
from tests.pages.evaluation.evaluation_page import evaluation


def test_images_are_ranked_by_the_wrong_pixels_of_a_class(two):
    one = two[1]
    position = one.counts.classes.index("cat")
    wrong = {image.id: image.fp[position] + image.fn[position] for image in one.stored.per_image}
    found = OfClass("cat").ranked(one, 5, worst=True)
    assert [image.missed + image.invented for image in found] == sorted(wrong.values(), reverse=True)[:5]
    assert all(wrong[image.id] == image.missed + image.invented for image in found)
    best = OfClass("cat").ranked(one, 100, worst=False)
    assert [image.iou for image in best] == sorted((image.iou for image in best), reverse=True)
    assert all(image.tp[position] for image in one.stored.per_image if image.id in {each.id for each in best})


def test_every_pixel_is_found_missed_invented_or_of_another_class():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 5, (2, 20, 30), np.uint8)
    space = LabelSpace(("a", "b", "c", "d", "void"), tuple(f"#00000{index}" for index in range(5)), 4)
    (true, _), (kinds, _) = OfClass("c").panels(Pixels(truth, predicted, space))
    for row, column in np.ndindex(truth.shape):
        is_true, is_found = truth[row, column] == 2, predicted[row, column] == 2 and truth[row, column] != 4
        expected = {(True, True): FOUND, (True, False): MISSED, (False, True): INVENTED}.get((is_true, is_found), OTHER)
        assert kinds[row, column] == expected
        assert true[row, column] == (FOUND if is_true else OTHER)


@pytest.mark.parametrize("side", ["Worst", "Best"])
def test_a_class_can_be_linked_to(scores, tmp_path, monkeypatch, side):
    monkeypatch.setenv("SEGDECK_DATA", str(tmp_path))  # no pictures, so a table
    app = evaluation(dataset="voc2012", models="good", view="Images", **{"class": "dog", "side": side})
    assert has_no_messages(app)
    table = app.dataframe[-1].value
    assert list(table.columns) == ["Image", "IoU", "Missed pixels", "Invented pixels"]
    assert 0 < len(table) <= 6
    absent = evaluation(dataset="voc2012", models="good", view="Images", **{"class": "boat", "side": "Best"})
    assert any("boat" in info.value for info in absent.info)


def test_what_a_link_asks_for_and_is_not_here_is_named(scores):
    app = evaluation(dataset="voc2012", models="good", view="Images", image="gone", **{"class": "lion"})
    assert not app.exception
    (warning,) = app.warning
    assert mentions(warning.value.replace("\\", ""), "image=gone")
    assert mentions(warning.value.replace("\\", ""), "class=lion")
