import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import accuracy_score, confusion_matrix, jaccard_score, log_loss

from configs.schema import Loss
from data.label_space import IGNORE, LabelSpace
from train.losses import SegmentationLoss, SegmentationMetrics, class_weights

PLAIN = LabelSpace(("a", "b", "c"), ("#000000", "#ffffff", "#ff0000"))
WITH_VOID = LabelSpace(("a", "void", "b", "c"), ("#000000", "#ffffff", "#ff0000", "#00ff00"), void=1)
SPACES = [PLAIN, WITH_VOID]
NOTHING = {
    "cross_entropy": 0.0,
    "dice": 0.0,
    "lovasz": 0.0,
    "focal_gamma": 0.0,
    "label_smoothing": 0.0,
    "class_weight_power": 0.0,
}
ALL = {"cross_entropy": 1.0, "dice": 0.5, "lovasz": 0.5, "focal_gamma": 1.0, "label_smoothing": 0.1}


def loss_of(space: LabelSpace = PLAIN, pixels=None, **config: float) -> SegmentationLoss:
    pixels = np.ones(len(space)) if pixels is None else np.asarray(pixels, float)
    return SegmentationLoss(Loss(**NOTHING | config), space, pixels)


def batch(space: LabelSpace, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels (2, 5, 6), void and IGNORE among them, and probabilities for them."""
    rng = np.random.default_rng(seed)
    labels = rng.choice([*range(len(space)), IGNORE], (2, 5, 6)).astype(np.uint8)
    scores = rng.dirichlet(np.ones(len(space)), labels.shape).astype(np.float32)
    return labels, scores


def scored_pixels(labels: np.ndarray, scores: np.ndarray, space: LabelSpace) -> tuple[np.ndarray, np.ndarray]:
    """Return each scored pixel's index among the scored classes and its renormalised probabilities, in plain numpy."""
    chosen = np.isin(labels, space.scored)
    index = np.searchsorted(space.scored, labels[chosen])
    kept = scores[chosen][:, list(space.scored)].astype(np.float64)
    return index, kept / kept.sum(axis=1, keepdims=True)


def gradient(loss: SegmentationLoss, labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    scores = tf.convert_to_tensor(scores)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        value = loss(labels, scores)
    return tape.gradient(value, scores).numpy()


PIXELS = arrays(np.float64, st.integers(1, 12), elements=st.integers(0, 10**7).map(float))


@given(pixels=PIXELS, power=st.floats(0, 1))
def test_class_weights_have_a_mean_of_one_over_the_pixels(pixels, power):
    weights = class_weights(pixels, power)
    assert weights.dtype == np.float32
    assert (weights[pixels == 0] == 1).all()
    assert (weights > 0).all()
    if pixels.any():
        np.testing.assert_allclose(np.average(weights, weights=pixels), 1, rtol=1e-5)


@given(pixels=PIXELS)
def test_class_weights_at_the_ends_of_their_range(pixels):
    np.testing.assert_allclose(class_weights(pixels, 0), 1, rtol=1e-6)
    totals = (class_weights(pixels, 1) * pixels)[pixels > 0]
    np.testing.assert_allclose(totals, totals.mean() if totals.size else 0, rtol=1e-5)


def test_class_weights_worked_by_hand():
    # The square roots of 4 make the rare class weigh twice the common one: (2 * 1 + 1 * 4) / 5 = 6/5 is divided out.
    np.testing.assert_allclose(class_weights(np.array([1.0, 4.0, 0.0]), 0.5), [2 / 1.2, 1 / 1.2, 1], rtol=1e-6)


@pytest.mark.parametrize("space", SPACES, ids=["plain", "with void"])
def test_cross_entropy_is_scikit_learns(space):
    labels, scores = batch(space)
    index, kept = scored_pixels(labels, scores, space)
    expected = log_loss(index, kept, labels=range(3))
    assert float(loss_of(space, cross_entropy=1.0)(labels, scores)) == pytest.approx(expected, rel=1e-5)
    assert float(loss_of(space, cross_entropy=3.0)(labels, scores)) == pytest.approx(3 * expected, rel=1e-5)


def test_cross_entropy_weighs_pixels_by_their_class():
    pixels = [100.0, 7.0, 10.0, 1.0]  # the pixels of the void class are ignored
    labels, scores = batch(WITH_VOID)
    index, kept = scored_pixels(labels, scores, WITH_VOID)
    weights = class_weights(np.array([100.0, 10.0, 1.0]), 0.5)
    expected = log_loss(index, kept, labels=range(3), sample_weight=weights[index])
    loss = loss_of(WITH_VOID, pixels, cross_entropy=1.0, class_weight_power=0.5)
    assert float(loss(labels, scores)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("space", SPACES, ids=["plain", "with void"])
@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_loss(space, gamma):
    labels, scores = batch(space)
    index, kept = scored_pixels(labels, scores, space)
    right = kept[np.arange(len(index)), index]
    expected = np.mean(-((1 - right) ** gamma) * np.log(right))
    loss = loss_of(space, cross_entropy=1.0, focal_gamma=gamma)
    assert float(loss(labels, scores)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("gamma", [0.25, 0.5, 1.0, 2.0])
def test_focal_loss_has_a_gradient_where_the_network_is_certain(gamma):
    import tensorflow as tf

    scores = tf.Variable(np.array([1.0, 0.0, 0.0, 0.2, 0.3, 0.5], np.float32).reshape(1, 1, 2, 3))
    with tf.GradientTape() as tape:
        value = loss_of(SPACES[0], cross_entropy=1.0, focal_gamma=gamma)(np.zeros((1, 1, 2), np.uint8), scores)
    assert np.isfinite(tape.gradient(value, scores)).all()


@pytest.mark.parametrize("space", SPACES, ids=["plain", "with void"])
def test_label_smoothing_spreads_over_the_scored_classes(space):
    labels, scores = batch(space)
    index, kept = scored_pixels(labels, scores, space)
    target = 0.7 * np.eye(3)[index] + 0.3 / 3
    expected = np.mean(-(target * np.log(kept)).sum(axis=1))
    loss = loss_of(space, cross_entropy=1.0, label_smoothing=0.3)
    assert float(loss(labels, scores)) == pytest.approx(expected, rel=1e-5)


def test_dice_worked_by_hand():
    # Two pixels of a, one of b, one ignored; c is not in the batch and is ignored.
    labels = np.array([[[0, 0, 1, IGNORE]]], np.uint8)
    scores = np.array([[[[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.2, 0.6, 0.2], [0.0, 1.0, 0.0]]]], np.float32)
    a = 2 * (0.5 + 1.0) / (2 + 0.5 + 1.0 + 0.2)
    b = 2 * 0.6 / (1 + 0.5 + 0.0 + 0.6)
    assert float(loss_of(dice=1.0)(labels, scores)) == pytest.approx(((1 - a) + (1 - b)) / 2, rel=1e-5)


def lovasz_by_the_paper(index: np.ndarray, scores: np.ndarray) -> float:
    """Lovasz-Softmax from its definition: each sorted error times what its pixel adds to the Jaccard loss (eq. 9).

    The Jaccard loss of a set of mispredicted pixels M for a class with the pixels Y is |M| / |Y united with M| (eq. 6).
    """

    def jaccard_loss(mispredicted: set[int], truth: set[int]) -> float:
        return len(mispredicted) / len(truth | mispredicted)

    losses = []
    for name in sorted(set(index.tolist())):
        truth = set(np.flatnonzero(index == name).tolist())
        errors = [1 - row[name] if pixel in truth else row[name] for pixel, row in enumerate(scores)]
        loss, before, mispredicted = 0.0, 0.0, set()
        for pixel in sorted(range(len(errors)), key=lambda pixel: -errors[pixel]):
            mispredicted.add(pixel)
            after = jaccard_loss(mispredicted, truth)
            loss += errors[pixel] * (after - before)
            before = after
        losses.append(loss)
    return float(np.mean(losses))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("space", SPACES, ids=["plain", "with void"])
def test_lovasz_is_that_of_the_paper(space, seed):
    labels, scores = batch(space, seed)
    if seed == 2:
        labels[labels == 0] = IGNORE  # a class that is not in the batch is ignored
    index, kept = scored_pixels(labels, scores, space)
    expected = lovasz_by_the_paper(index, kept)
    assert float(loss_of(space, lovasz=1.0)(labels, scores)) == pytest.approx(expected, rel=1e-4)


def test_lovasz_of_hard_predictions_is_one_minus_the_mean_iou():
    labels = np.random.default_rng(0).integers(0, 3, (1, 8, 8)).astype(np.uint8)
    predictions = np.random.default_rng(1).integers(0, 3, (1, 8, 8))
    expected = 1 - jaccard_score(labels.ravel(), predictions.ravel(), average="macro")
    assert float(loss_of(lovasz=1.0)(labels, np.eye(3, dtype=np.float32)[predictions])) == pytest.approx(
        expected, rel=1e-5
    )


@pytest.mark.parametrize("part", ["cross_entropy", "dice", "lovasz"])
def test_a_perfect_prediction_has_no_loss(part):
    labels = np.array([[[0, 1, 2, 2, IGNORE]]], np.uint8)
    scores = np.eye(3, dtype=np.float32)[[[[0, 1, 2, 2, 0]]]]
    assert float(loss_of(PLAIN, None, **{part: 1.0})(labels, scores)) == pytest.approx(0, abs=1e-5)


def test_the_losses_add_up():
    labels, scores = batch(WITH_VOID)
    parts = {name: float(loss_of(WITH_VOID, **{name: 1.0})(labels, scores)) for name in ("cross_entropy", "dice")}
    both = loss_of(WITH_VOID, cross_entropy=0.3, dice=2.0)
    expected = 0.3 * parts["cross_entropy"] + 2 * parts["dice"]
    assert float(both(labels, scores)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("space", SPACES, ids=["plain", "with void"])
@pytest.mark.parametrize("part", ["cross_entropy", "dice", "lovasz"])
def test_unscored_pixels_and_the_void_class_get_no_gradient(space, part):
    labels, scores = batch(space)
    slope = gradient(loss_of(space, **{part: 1.0}), labels, scores)
    scored = np.isin(labels, space.scored)
    assert np.isfinite(slope).all()
    assert (slope[~scored] == 0).all()
    assert np.abs(slope[scored]).max(axis=-1).min() > 0
    if space.void is not None:
        assert (slope[..., space.void] == 0).all()


def test_the_gradient_is_that_of_finite_differences():
    labels, scores = batch(WITH_VOID)
    scores = (scores + np.float32(0.25)) / 2  # near 0 the logarithm bends too much for the differences
    loss = loss_of(WITH_VOID, **ALL | {"lovasz": 0.0})
    slope = gradient(loss, labels, scores)
    for index in np.argwhere(labels != IGNORE)[::7]:
        for channel in range(4):
            step = np.zeros_like(scores)
            step[(*index, channel)] = 1e-3
            difference = float(loss(labels, scores + step) - loss(labels, scores - step)) / 2e-3
            assert slope[(*index, channel)] == pytest.approx(difference, abs=5e-4)


def test_the_gradient_of_lovasz_is_that_of_finite_differences():
    labels, scores = batch(WITH_VOID)
    slope = gradient(loss_of(WITH_VOID, lovasz=1.0), labels, scores)

    def loss(changed: np.ndarray) -> float:
        return lovasz_by_the_paper(*scored_pixels(labels, changed, WITH_VOID))

    for index in np.argwhere(labels != IGNORE)[::7]:
        for channel in range(4):
            step = np.zeros(scores.shape)
            step[(*index, channel)] = 1e-7  # smaller than any gap between two errors: the loss is linear there
            assert slope[(*index, channel)] == pytest.approx(
                (loss(scores + step) - loss(scores - step)) / 2e-7, abs=1e-4
            )


@pytest.mark.parametrize("value", [IGNORE, WITH_VOID.void])
def test_a_batch_without_scored_pixels_has_no_loss(value):
    _, scores = batch(WITH_VOID)
    labels = np.full(scores.shape[:3], value, np.uint8)
    loss = loss_of(WITH_VOID, **ALL)
    assert float(loss(labels, scores)) == 0
    assert (gradient(loss, labels, scores) == 0).all()


@pytest.mark.parametrize("part", ["dice", "lovasz"])
def test_probabilities_of_zero_and_one_give_finite_losses(part):
    labels = np.array([[[0, 1, 2, 1]]], np.uint8)
    wrong = np.eye(3, dtype=np.float32)[[[[1, 2, 0, 0]]]]
    assert float(loss_of(PLAIN, None, **{part: 1.0})(labels, wrong)) == pytest.approx(1)


def test_metric_is_scikit_learns_over_several_batches():
    metric = SegmentationMetrics(WITH_VOID)
    truths, predictions = [], []
    for seed in range(3):
        labels, scores = batch(WITH_VOID, seed)
        labels[labels == 3] = 0  # c is never in the labels but often predicted
        metric.update_state(labels, scores)
        chosen = np.isin(labels, WITH_VOID.scored)
        truths.append(labels[chosen])
        predictions.append(np.where(np.arange(4) == WITH_VOID.void, 0, scores)[chosen].argmax(axis=-1))
    truth, prediction = np.concatenate(truths), np.concatenate(predictions)
    np.testing.assert_array_equal(metric.confusion, confusion_matrix(truth, prediction, labels=range(4)))
    result = {name: float(value) for name, value in metric.result().items()}
    assert result == {
        "accuracy": pytest.approx(accuracy_score(truth, prediction)),
        "miou": pytest.approx(jaccard_score(truth, prediction, labels=[0, 2], average="macro")),
    }
    metric.reset_state()
    assert {name: float(value) for name, value in metric.result().items()} == {"accuracy": 0, "miou": 0}


def test_metric_without_a_scored_pixel_is_zero():
    metric = SegmentationMetrics(WITH_VOID)
    _, scores = batch(WITH_VOID)
    metric.update_state(np.full(scores.shape[:3], IGNORE, np.uint8), scores)
    assert {name: float(value) for name, value in metric.result().items()} == {"accuracy": 0, "miou": 0}


def test_loss_is_float32_whatever_the_precision_of_the_layers():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        labels, scores = batch(PLAIN)
        index, kept = scored_pixels(labels, scores, PLAIN)
        value = loss_of(cross_entropy=1.0)(labels, scores)
    finally:
        keras.config.set_dtype_policy("float32")
    assert value.dtype == "float32"
    assert float(value) == pytest.approx(log_loss(index, kept, labels=range(3)), rel=1e-5)
