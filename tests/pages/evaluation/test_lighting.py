"""Which pixels a cell of the confusion matrix and a bin of the reliability diagram have, and in which images."""

import numpy as np
import pytest

from data.label_space import LabelSpace
from models.analysis import saved_predictions, saving
from models.analysis.saved_predictions import SavedPredictions
from models.metrics.counts import Counts, count
from models.runs.evaluation import Images
from pages.evaluation.lighting import RIGHT_OR_WRONG, Bin, Pair, Pixels
from pages.shared.content import saved
from pages.shared.content.scores import Scores
from tests.facts import mentions
from tests.pages import scored
from train.evaluation import report

COUNT = 7
SPACE = LabelSpace(("pet", "background", "border"), ("#0072b2", "#f0e442", "#000000"), void=2)


def image(seed):
    """Return truth, prediction and confidence of a random image, the pet in a part of it that varies."""
    random = np.random.default_rng(seed)
    truth = random.choice(3, (24, 30), p=[0.1 * seed, 0.9 - 0.1 * seed, 0.1]).astype(np.uint8)
    return truth, random.integers(0, 2, truth.shape, np.uint8), random.random(truth.shape, np.float32)


@pytest.fixture
def one(tmp_path, monkeypatch) -> Scores:
    """Return scores whose predictions were saved."""
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    run = scored.make(tmp_path / "pets", epochs=1)
    pooled, per_image = Counts.none(SPACE), []
    with saving.writing() as writer:
        for seed in range(COUNT):
            truth, predicted, confidence = image(seed)
            counts = count(truth, predicted, confidence, SPACE)
            writer.add(f"i{seed}", saving.encode(predicted, confidence), counts)
            pooled += counts
            per_image.append(report.image_scores(f"i{seed}", counts))
        images = Images(count=COUNT, digest="d")
        stored = report.split_scores(pooled, SPACE, {}, images=images, per_image=per_image, detection=None)
        stored = stored.model_copy(update={"weights": "w", "date": "now"})
        writer.keep(None, "oxford_iiit_pet", "val", stored)
    return Scores("pets", run, "val", stored)


def kept(one: Scores) -> SavedPredictions:
    found = saved.predictions_of(one)
    assert found is not None
    return found


def pixels(one: Scores, index: int) -> Pixels:
    return Pixels(image(index)[0], kept(one).labels(index), SPACE, kept(one).confidence(index))


@pytest.mark.parametrize(("truth", "taken"), [("pet", "background"), ("background", "pet"), ("pet", "pet")])
def test_the_images_of_a_cell_add_up_to_it_and_light_exactly_its_pixels(one, truth, taken):
    pair = Pair(truth, taken)
    row, column = SPACE.id_of(truth), SPACE.id_of(taken)
    ranked = pair.ranked(one, kept(one), 100)
    assert sum(each.pixels for each in ranked) == one.confusion[row, column]
    assert [each.pixels for each in ranked] == sorted((each.pixels for each in ranked), reverse=True)
    assert [each.id for each in pair.ranked(one, kept(one), 2)] == [each.id for each in ranked[:2]]
    for each in ranked:
        index = int(each.id[1:])
        true, predicted, _ = image(index)
        lit = (true == row) & (predicted == column)
        (of_truth, space), (of_prediction, _) = pair.panels(pixels(one, index))
        np.testing.assert_array_equal(of_truth, np.where(lit, 0, 2))
        np.testing.assert_array_equal(of_prediction, np.where(lit, 1, 2))
        assert (truth in space.names[0], taken in space.names[1]) == (True, True)
        assert each.pixels == lit.sum()
        assert each.share == pytest.approx(lit.sum() / (true == row).sum())
        assert mentions(each.caption, each.id, truth)
    without = {f"i{index}" for index in range(COUNT)} - {each.id for each in ranked}
    assert all(not (image(int(name[1:]))[0] == row).any() for name in without), "an image without such pixels is left"


@pytest.mark.parametrize("index", [0, 7, 14])
def test_the_images_of_a_bin_add_up_to_it_and_light_exactly_its_pixels(one, index):
    ranked = Bin(index).ranked(one, kept(one), 100)
    assert sum(each.pixels for each in ranked) == one.bins["pixels"][index]
    right = sum(each.pixels - each.wrong for each in ranked)
    assert right / one.bins["pixels"][index] == pytest.approx(one.bins["accuracy"][index])
    assert [each.wrong for each in ranked] == sorted((each.wrong for each in ranked), reverse=True)
    for each in ranked:
        truth, predicted, confidence = image(int(each.id[1:]))
        here = (confidence > index / 15) & (confidence <= (index + 1) / 15) & (truth != SPACE.void)
        (of_truth, space), (kinds, legend) = Bin(index).panels(pixels(one, int(each.id[1:])))
        assert (space, legend) == (SPACE, RIGHT_OR_WRONG)
        np.testing.assert_array_equal(of_truth, truth)
        np.testing.assert_array_equal(kinds, np.where(here, truth != predicted, 2))
        assert (each.pixels, each.wrong) == (here.sum(), (here & (truth != predicted)).sum())


def test_predictions_that_are_saved_again_are_opened_again(one):
    before = kept(one)
    assert kept(one) is before
    (before.folder / saved_predictions.INDEX).unlink()
    assert saved.predictions_of(one) is None
