import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from configs.errors import UserError
from data import datasets, samples
from data.geometry import image_to_network
from data.pipeline import network_input
from models import architectures
from models.inference import cpu, export, predictor
from models.inference.graph_summary import gmacs
from models.inference.predictor import Predictor, RunPredictor, without_void
from models.runs import registry
from models.runs.calibration import Adjustment
from models.runs.run import Run


def probabilities(height: int, width: int, classes: int, seed: int = 0) -> np.ndarray:
    scores = np.random.default_rng(seed).random((height, width, classes), np.float32) ** 4
    return scores / scores.sum(axis=2, keepdims=True)


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def with_adjustment(scores: np.ndarray, adjustment: Adjustment | None) -> np.ndarray:
    """Softmax of the adjusted logits, from the softmax of the logits: ``exp`` of the offsets are factors of those."""
    if adjustment is None:
        return scores
    powers = (scores * np.exp(adjustment.offsets or 0, dtype=np.float32)) ** (1 / adjustment.temperature)
    return powers / powers.sum(axis=2, keepdims=True)


@pytest.fixture(scope="module")
def loaded(tiny, tmp_path_factory) -> RunPredictor:
    folder = tmp_path_factory.mktemp("graphs") / "tiny"
    export.write_graphs(tiny, folder)
    return RunPredictor(tiny, folder / "float32.xml", "float32")


@pytest.fixture(scope="module")
def loaded_void(tiny_void, tmp_path_factory) -> RunPredictor:
    folder = tmp_path_factory.mktemp("graphs") / "tiny_void"
    export.write_graphs(tiny_void, folder)
    return RunPredictor(tiny_void, folder / "float32.xml", "float32")


def test_void_is_removed_and_the_rest_renormalised():
    space = datasets.get("camvid").label_space
    scores = probabilities(4, 5, 12)
    scores[0, 0] = np.eye(12)[space.void]
    before = scores.copy()
    result = without_void(scores, space)
    np.testing.assert_allclose(result.sum(axis=2), 1, atol=1e-6)
    assert (result[..., space.void] == 0).all()
    np.testing.assert_allclose(result[1, 1, 3] / result[1, 1, 4], before[1, 1, 3] / before[1, 1, 4], rtol=1e-5)
    np.testing.assert_allclose(result[0, 0, list(space.scored)], 1 / 11, rtol=1e-6)


def test_without_a_void_class_nothing_changes():
    scores = probabilities(4, 5, 3)
    np.testing.assert_array_equal(without_void(scores.copy(), datasets.get("oxford_iiit_pet").label_space), scores)


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (2, 3), (32, 48), (33, 47), (480, 640), (1201, 900)])
def test_any_size(loaded, loaded_void, size):
    for model in (loaded, loaded_void):
        result = model.predict(picture(*size))
        assert result.labels.shape == result.confidence.shape == size
        assert result.labels.dtype == result.confidence.dtype == np.uint8
        assert set(np.unique(result.labels)) <= set(model.label_space.scored)
        assert result.confidence.min() >= 255 // len(model.label_space.scored)
        assert result.seconds > 0


@pytest.mark.parametrize("size", [(1, 1), (33, 47), (90, 40), (480, 640)])
def test_labels_at_the_networks_size_are_the_most_probable_classes_there(loaded, loaded_void, size):
    for model in (loaded, loaded_void):
        image, scored = picture(*size), list(model.label_space.scored)
        scores, box = model.network_scores(image)
        expected = np.array(scored)[scores[box.window][..., scored].argmax(axis=2)]
        labels, _ = model.network_labels(image)
        assert labels.dtype == np.uint8
        assert labels.shape == (box.height, box.width)
        assert (labels == expected).all()
        assert (Predictor.network_labels(model, image)[0] == expected).all(), (
            "as a model without a way of its own does it"
        )


def test_where_void_is_certain_the_first_class_wins(loaded_void, monkeypatch):
    space = loaded_void.label_space
    only_void = np.zeros((1, *loaded_void.run.experiment.data.image_size, len(space)), np.float32)
    only_void[..., space.void] = 1
    monkeypatch.setattr(loaded_void, "_infer", lambda batch: (only_void.copy(), None))
    image = picture(32, 48)
    assert np.unique(loaded_void.network_labels(image)[0]) == np.unique(loaded_void.predict(image).labels) == [0]


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [((1200, 900), 400, (400, 300)), ((9, 3000), 300, (1, 300)), ((30, 40), 400, (30, 40)), ((30, 40), None, (30, 40))],
)
def test_a_size_for_display(loaded, size, longest, expected):
    assert loaded.predict(picture(*size), longest).labels.shape == expected


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_an_array_that_is_not_an_rgb_image_is_refused(loaded, image):
    with pytest.raises(ValueError, match=r"uint8 \(H, W, 3\)"):
        loaded.predict(image)


def test_predictions_in_several_threads_are_independent(loaded):
    images = [picture(90, 70 + index, seed=index) for index in range(24)]
    alone = [loaded.predict(image) for image in images]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(loaded.predict, images))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_array_equal(one.confidence, other.confidence)


def test_memory_stays_bounded_at_twelve_megapixels(loaded_void):
    image = np.zeros((3000, 4000, 3), np.uint8)
    tracemalloc.start()
    try:
        loaded_void.predict(image)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Labels and confidence take 24 MB; the scores of all classes at this size would take 576 MB.
    assert peak < 100e6


@pytest.mark.parametrize(
    ("native", "asked", "expected"),
    [
        ("bfloat16", "auto", "bfloat16"),
        ("float32", "auto", "float32"),
        ("bfloat16", "float32", "float32"),
        ("float32", "float32", "float32"),
        ("float32", "bfloat16", None),
    ],
)
def test_precision(native, asked, expected):
    if expected is None:
        with pytest.raises(UserError, match=r"bfloat16 .*float32 or auto"):
            predictor.resolve_precision(asked, native)
    else:
        assert predictor.resolve_precision(asked, native) == expected


@pytest.mark.parametrize(
    ("native", "loses", "expected"),
    [("bfloat16", False, "bfloat16"), ("bfloat16", True, "float32"), ("float32", False, "float32")],
)
def test_bfloat16_is_used_where_it_is_native_and_faster(monkeypatch, native, loses, expected):
    monkeypatch.setattr(predictor, "native_precision", lambda: native)
    monkeypatch.setattr(cpu, "loses_by_bfloat16", lambda flags: loses)
    assert predictor.fast_precision() == expected


def test_a_damaged_graph_names_its_folder(tiny, tmp_path):
    (tmp_path / "float32.xml").write_text("<net")
    with pytest.raises(UserError, match=f"delete the folder {tmp_path}"):
        RunPredictor(tiny, tmp_path / "float32.xml", "float32")


def test_a_damaged_published_run_is_refused(make_run, tiny, tmp_path):
    run = Run(make_run(tmp_path / "run", tiny.experiment).path, published=True)
    with pytest.raises(UserError, match="SHA256SUMS"):
        RunPredictor.load(run)


PUBLISHED = [run for run in registry.runs() if run.published]


def pictures_for(run: Run) -> list[NDArray[np.uint8]]:
    """Return sample pictures of a model's subject; only one if the network takes seconds for it."""
    pictures = samples.pictures(run.dataset.kind)
    return [picture.load() for picture in (pictures[:1] if gmacs(run) > 50 else pictures)]


@pytest.mark.slow
@pytest.mark.parametrize("run", PUBLISHED, ids=lambda run: run.name)
class TestPublished:
    """What must hold for every published model."""

    def test_float32_agrees_with_keras(self, run):
        model = architectures.build(run.experiment, len(run.label_space))
        model.load_weights(run.weights)
        ready = RunPredictor.load(run, "float32")
        data = run.experiment.data
        for image in pictures_for(run):
            scores, box = ready.network_scores(image)
            batch = network_input(image_to_network(image, box), data.input_range)[None]
            expected = with_adjustment(model.predict(batch, verbose=0)[0], run.adjustment)
            expected = without_void(expected, run.label_space)
            np.testing.assert_allclose(scores, expected, atol=1e-3)

    def test_its_usual_precision_and_bfloat16_if_it_bears_that_give_the_labels_of_float32(self, run):
        exact, usual = RunPredictor.load(run, "float32"), RunPredictor.load(run)
        bears = "mobilenetv2" not in run.experiment.model.architecture
        assert usual.precision == (predictor.fast_precision() if bears else "float32")
        others = [usual]
        if bears and predictor.native_precision() == "bfloat16":
            others.append(RunPredictor.load(run, "bfloat16"))
        images = pictures_for(run)
        for other in others:
            for image in images:  # bfloat16 may move the scores of a few pixels further
                scores, rounded = exact.network_scores(image)[0], other.network_scores(image)[0]
                assert np.mean(np.abs(rounded - scores).max(axis=-1) <= 0.1) >= 0.99
            same = [exact.predict(image).labels == other.predict(image).labels for image in images]
            assert np.mean(np.concatenate([pixels.ravel() for pixels in same])) >= 0.99
