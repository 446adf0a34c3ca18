import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.geometry import letterbox, scores_to_image
from models.inference.score_maps import (
    Foreground,
    LabelScores,
    Logits,
    Probabilities,
    candidates,
    decide,
)

SIZES = st.tuples(st.integers(1, 60), st.integers(1, 60))


def probabilities(height: int, width: int, classes: int, seed: int = 0) -> np.ndarray:
    scores = np.random.default_rng(seed).random((height, width, classes), np.float32) ** 4
    return scores / scores.sum(axis=2, keepdims=True)


@given(
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.sampled_from(["stretch", "letterbox"]),
    st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True).map(lambda ids: tuple(sorted(ids))),
    st.integers(1, 4000),
    st.integers(0, 100),
)
def test_the_winner_is_the_argmax_of_the_resized_scores_whatever_the_stripes(size, resize, classes, pixels, seed):
    scores, box = probabilities(16, 24, 6, seed), letterbox(size, (16, 24), resize)
    whole = scores_to_image(scores, box, slice(None))[..., list(classes)]
    labels, confidence = decide(Probabilities(scores, box, classes), chunk_pixels=pixels)
    assert confidence is not None
    assert labels.dtype == confidence.dtype == np.uint8
    # Class by class or all at once, OpenCV may round the last bit another way, so near ties may go either way.
    won = np.take_along_axis(whole, np.searchsorted(classes, labels)[..., None].astype(np.intp), axis=2)[..., 0]
    np.testing.assert_allclose(won, whole.max(axis=2), atol=1e-6)
    np.testing.assert_allclose(confidence, whole.max(axis=2) * 255, atol=0.501)
    for other in (1, 100, 10**6):
        # The last bit of a score may differ between stripes too, and with it a near tie or the rounding to 0..255.
        again, sure = decide(Probabilities(scores, box, classes), chunk_pixels=other)
        assert sure is not None
        won = np.take_along_axis(whole, np.searchsorted(classes, again)[..., None].astype(np.intp), axis=2)[..., 0]
        np.testing.assert_allclose(won, whole.max(axis=2), atol=1e-6)
        np.testing.assert_allclose(sure.astype(int), confidence.astype(int), atol=1)


def test_a_tie_goes_to_the_lower_id():
    scores = np.full((8, 8, 3), 1 / 3, np.float32)
    box = letterbox((20, 20), (8, 8), "stretch")
    for classes in ((0, 1, 2), (1, 2)):
        assert (decide(Probabilities(scores, box, classes))[0] == classes[0]).all()
        assert (decide(Logits(scores, box, classes))[0] == classes[0]).all()


def test_only_classes_that_can_win_are_resized():
    scores = np.full((4, 6, 4), [0.2, 0.03, 0.4, 0.37], np.float32)
    scores[0, 0] = [0.31, 0.03, 0.33, 0.33]
    planes = scores.transpose(2, 0, 1)
    assert candidates(planes) == [0, 2, 3]  # a class that wins has at least a quarter
    assert candidates(planes[:2]) == [0]  # of 0.23 that both have, half is more than 0.03
    box = letterbox((40, 60), (4, 6), "stretch")
    labels, _ = decide(Probabilities(scores, box, (0, 1, 2, 3)))
    np.testing.assert_array_equal(labels, scores_to_image(scores, box, slice(None)).argmax(axis=2))


@given(SIZES, st.sampled_from(["stretch", "letterbox"]), st.floats(0.01, 200), st.integers(0, 100))
def test_logits_are_resized_before_the_softmax(size, resize, scale, seed):
    logits = np.random.default_rng(seed).normal(0, scale, (16, 24, 5)).astype(np.float32)
    box, classes = letterbox(size, (16, 24), resize), (0, 2, 3)
    whole = scores_to_image(logits, box, slice(None))[..., list(classes)].astype(np.float64)
    labels, confidence = Logits(logits, box, classes).winners(slice(0, size[0]))
    won = np.take_along_axis(whole, np.searchsorted(classes, labels)[..., None], axis=2)[..., 0]
    np.testing.assert_allclose(won, whole.max(axis=2), atol=1e-4 * scale)
    expected = 1 / np.exp(whole - whole.max(axis=2, keepdims=True)).sum(axis=2)
    np.testing.assert_allclose(confidence, expected, rtol=1e-3 * max(scale, 1), atol=1e-6)


@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.9])
def test_a_class_wins_from_its_threshold_on(logits, threshold):
    chances = np.linspace(0.001, 0.999, 96, dtype=np.float32).reshape(8, 12, 1)
    scores = np.log(chances / (1 - chances)) if logits else chances
    found = Foreground(scores, letterbox((8, 12), (8, 12), "stretch"), (4, 7), threshold, logits)
    labels, confidence = decide(found)
    assert confidence is not None
    chance = chances[..., 0]
    clear = np.abs(chance - threshold) > 1e-5
    np.testing.assert_array_equal(labels[clear], np.where(chance >= threshold, 7, 4)[clear])
    np.testing.assert_allclose(confidence, 255 * np.where(labels == 7, chance, 1 - chance), atol=0.51)


def test_extreme_logits_are_certain():
    scores = np.array([[[-1000.0], [1000.0]]], np.float32)
    labels, confidence = decide(Foreground(scores, letterbox((1, 2), (1, 2), "stretch"), (0, 1), 0.5, logits=True))
    assert confidence is not None
    assert labels.tolist() == [[0, 1]]
    assert confidence.tolist() == [[255, 255]]


def test_labels_are_never_mixed_and_have_no_confidence():
    labels = np.array([[0, 9], [9, 0]], np.uint8)
    larger, confidence = decide(LabelScores(labels, letterbox((6, 6), (2, 2), "stretch")))
    assert confidence is None
    np.testing.assert_array_equal(larger, labels.repeat(3, axis=0).repeat(3, axis=1))


@pytest.mark.parametrize("known", [False, True])
def test_labels_of_the_image_s_size_are_given_back_as_they_are(known):
    labels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    sure = np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3)
    found, confidence = decide(LabelScores(labels, letterbox((2, 3), (2, 3), "stretch"), sure if known else None))
    np.testing.assert_array_equal(found, labels)
    assert (confidence is not None) == known
    if confidence is not None:
        assert confidence.tolist() == [[0, 51, 102], [153, 204, 255]]


@pytest.mark.parametrize("kind", ["probabilities", "logits", "one probability", "one logit"])
def test_the_probabilities_of_all_classes_add_up_and_hold_the_winners(kind):
    size, box = (30, 40), letterbox((30, 40), (16, 24), "letterbox")
    random, classes = np.random.default_rng(2), (0, 2, 3)
    shares = np.zeros((16, 24, 4), np.float32)
    shares[..., list(classes)] = random.dirichlet([0.3, 1, 2], (16, 24))
    one = shares[..., :1]
    maps: dict[str, Probabilities | Logits | Foreground] = {
        "probabilities": Probabilities(shares, box, classes),
        "logits": Logits(random.normal(0, 3, (16, 24, 4)).astype(np.float32), box, classes),
        "one probability": Foreground(one, box, (4, 7), 0.5, logits=False),
        "one logit": Foreground(12 * one - 6, box, (4, 7), 0.5, logits=True),
    }
    scores, rows = maps[kind], slice(7, 21)
    found = dict(scores.probabilities(rows))
    assert tuple(found) == scores.classes
    assert {plane.shape for plane in found.values()} == {(14, size[1])}
    np.testing.assert_allclose(sum(found.values()), 1, atol=1e-5)
    labels, confidence = scores.winners(rows)
    winning = np.select([labels == ident for ident in found], list(found.values()))
    np.testing.assert_allclose(winning, confidence, atol=1e-5)
    np.testing.assert_allclose(winning, np.max(list(found.values()), axis=0), atol=1e-5)


def test_the_probabilities_of_labels_are_unknown():
    labels = np.zeros((2, 3), np.uint8)
    sure = LabelScores(labels, letterbox((2, 3), (2, 3), "stretch"), np.ones((2, 3), np.float32))
    assert sure.probabilities(slice(0, 2)) is None
