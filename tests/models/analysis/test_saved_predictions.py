"""Saved predictions: what the steps of confidence keep, and what counts as damaged, foreign or too old."""

import os
import resource
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from configs.errors import UserError
from data.label_space import LabelSpace
from models.analysis import saved_predictions, saving
from models.metrics.counts import Counts, count
from models.runs.evaluation import CalibrationBin, ClassScores, Images, ImageScores, SplitScores
from tests.facts import facts

SPACE = LabelSpace(("cat", "dog", "sky", "void"), ("#000000", "#ffffff", "#0000ff", "#808080"), void=3)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "predictions"


def image(seed, size=(20, 30)):
    """Return the truth, prediction, confidence and counts of a random image, many values at the edges of bins."""
    random = np.random.default_rng(seed)
    truth, predicted = (random.integers(0, high, size, np.uint8) for high in (4, 3))
    edges = np.arange(16, dtype=np.float32) / np.float32(15)
    near = np.concatenate([edges, np.nextafter(edges, np.float32(2)), np.nextafter(edges, np.float32(0))])
    near = np.clip(np.concatenate([near, random.random(52, np.float32)]), 0, 1)
    confidence = random.choice(near, size).astype(np.float32)
    return truth, predicted, confidence, count(truth, predicted, confidence, SPACE)


def save(seeds=(0, 1, 2), told=True, weights="w"):
    """Save random images, and return what scores say of them, as an evaluation does."""
    pooled, per_image = Counts.none(SPACE), []
    with saving.writing() as writer:
        for seed in seeds:
            truth, predicted, confidence, counts = image(seed)
            if not told:
                confidence, counts = None, count(truth, predicted, None, SPACE)
            writer.add(f"image{seed}", saving.encode(predicted, confidence), counts)
            pooled += counts
            per_image.append(ImageScores(id=f"image{seed}", miou=None, tp=(0, 0, 0), fp=(0, 0, 0), fn=(0, 0, 0)))
        scores = SplitScores(
            images=Images(count=len(seeds), digest="d"),
            classes=tuple(ClassScores(name=name, iou=None, pixels=0) for name in SPACE.names[:3]),
            confusion=pooled.confusion[:-1, :-1].tolist(),
            calibration=tuple(
                CalibrationBin(pixels=int(pixels), accuracy=None, confidence=None)
                for pixels in pooled.calibration.bins()[0]
            ),
            per_image=tuple(per_image),
            weights=weights,
        )
        writer.keep(None, "pets", "val", scores)
    return scores


def opened(scores, precision=None, dataset="pets", split="val"):
    return saved_predictions.open_saved(precision, dataset, split, scores)


def test_what_is_saved_can_be_read():
    saved = opened(save())
    assert saved.ids == ("image0", "image1", "image2")
    for index in range(3):
        truth, predicted, _, counts = image(index)
        np.testing.assert_array_equal(saved.labels(index), predicted)
        mine = saved.cells.image == index
        confusion = np.zeros((3, 3), np.int64)
        confusion[saved.cells.truth[mine], saved.cells.predicted[mine]] = saved.cells.pixels[mine]
        np.testing.assert_array_equal(confusion, counts.confusion[:-1, :-1])
        pixels, correct, _ = counts.calibration.bins()
        # the bins follow from the stored steps as they did from the exact confidence
        bins, scored = saved_predictions.bin_of(saved.confidence(index)), truth != SPACE.void
        np.testing.assert_array_equal(np.bincount(bins[scored], minlength=15), pixels)
        right = scored & (truth == predicted)
        np.testing.assert_array_equal(np.bincount(bins[right], minlength=15), correct)
        np.testing.assert_array_equal(saved.bin_pixels[index], pixels)
        np.testing.assert_array_equal(saved.bin_correct[index], correct)


def test_the_bin_of_a_step_is_that_of_its_confidence():
    values = np.concatenate([np.random.default_rng(5).random(200_000, np.float32), np.arange(61) / 60, [1 + 1e-7]])
    near = np.nextafter((np.arange(16) / 15).astype(np.float32), np.array([[0], [2]], np.float32))
    values = np.concatenate([values.astype(np.float32), np.clip(near, 0, 2).ravel()])[None]
    expected = np.clip(np.ceil(values.astype(np.float64) * 15) - 1, 0, 14)
    np.testing.assert_array_equal(saved_predictions.bin_of(saving.steps_of(values)), expected)


def test_a_model_that_tells_no_confidence_has_none():
    saved = opened(save(told=False))
    assert saved.confidence(1) is None
    assert saved.labels(1).shape == (20, 30)
    assert saved.bin_pixels.sum() == 0


def test_predictions_belong_to_a_precision_a_dataset_a_split_and_the_scored_classes():
    scores = save()
    assert opened(scores) is not None
    assert opened(scores, precision="int8") is None
    assert opened(scores, dataset="voc2012") is None
    assert opened(scores, split="test") is None
    renamed = [entry.model_copy(update={"dataset_classes": ("lion",)}) for entry in scores.classes]
    for other in ({"weights": "x"}, {"images": Images(digest="e")}, {"classes": tuple(renamed)}):
        assert opened(scores.model_copy(update=other)) is None


def test_predictions_that_count_to_other_scores_are_not_there():
    scores = save()
    other = [list(row) for row in scores.confusion]
    other[0][0] += 1
    assert opened(scores.model_copy(update={"confusion": other})) is None
    assert opened(scores.model_copy(update={"per_image": scores.per_image[::-1]})) is None


@pytest.mark.parametrize("name", ["index.npz", "maps.bin"])
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-9])])
def test_a_damaged_folder_is_not_there_and_is_made_anew(home, name, damage):
    scores = save()
    (folder,) = home.iterdir()
    damage(folder / name)
    assert opened(scores) is None
    assert opened(save()).labels(0).shape == (20, 30)
    assert list(home.iterdir()) == [folder]


def test_a_damaged_index_that_asks_for_another_compression_is_not_there(home):
    scores = save()
    (index,) = home.glob("*/index.npz")
    content = index.read_bytes()
    method = content.index(b"PK\x01\x02") + 10
    index.write_bytes(content[:method] + b"\x63" + content[method + 1 :])
    assert opened(scores) is None


def test_a_map_that_changed_on_the_disk_is_found_out(home):
    scores = save()
    saved = opened(scores)
    content = bytearray((saved.folder / "maps.bin").read_bytes())
    content[-30] ^= 1
    (saved.folder / "maps.bin").write_bytes(content)
    assert saved.labels(0).shape == (20, 30)
    with pytest.raises(UserError, match=facts("image2", str(saved.folder))):
        saved.confidence(2)
    assert opened(scores) is None


def test_what_was_saved_anew_is_not_deleted_by_who_reads_the_old():
    old = opened(save())
    scores = save((3, 4, 5))
    with pytest.raises(UserError):
        old.labels(0)
    assert opened(scores).labels(0).shape == (20, 30)
    assert opened(scores).state == saved_predictions.state(None, "pets", "val", scores) != old.state


def test_a_file_that_cannot_be_opened_for_now_is_not_deleted():
    scores = save()
    saved = opened(scores)
    least = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, least[1]))
    try:
        with pytest.raises(UserError, match=facts(str(saved.folder / "maps.bin"))):
            saved.labels(0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, least)
    assert saved.labels(0).shape == (20, 30)
    assert opened(scores) is not None


def test_evaluations_that_end_together_do_not_disturb_each_other(home):
    with ThreadPoolExecutor(4) as threads:
        scores = list(threads.map(lambda _: save(), range(60)))
    assert opened(scores[0]).labels(0).shape == (20, 30)
    assert len(list(home.iterdir())) == 1


def test_a_failure_leaves_nothing(home):
    with pytest.raises(ZeroDivisionError), saving.writing() as writer:
        writer.add("a", saving.encode(*image(0)[1:3]), image(0)[3])
        raise ZeroDivisionError
    assert list(home.iterdir()) == []


def test_the_oldest_are_deleted_beyond_the_limit(home, monkeypatch):
    first, second = save(weights="first"), save(weights="second")
    for age, scores in enumerate([first, second]):
        folder = opened(scores).folder
        (folder / "more").write_bytes(bytes(700_000))
        os.utime(folder, (age, age))
    monkeypatch.setenv("SEGDECK_PREDICTIONS", "1")
    third = save(weights="third")
    assert [opened(scores) is not None for scores in (first, second, third)] == [False, True, True]


def test_what_killed_processes_left_is_deleted(home):
    home.mkdir(parents=True)
    for name in (".part-old", ".part-new"):
        (home / name).mkdir()
    os.utime(home / ".part-old", (1, 1))
    save()
    assert not (home / ".part-old").exists()
    assert (home / ".part-new").exists()


def test_a_cache_that_cannot_be_written_is_named(home):
    home.parent.write_text("")
    with pytest.raises(UserError, match=facts(str(home), "$SEGDECK_CACHE")), saving.writing():
        pass


def test_maps_of_another_size_than_the_mask_are_refused():
    saved = opened(save())
    assert saved.labels(1, (20, 30)).shape == saved.confidence(1, (20, 30)).shape == (20, 30)
    for read in (saved.labels, saved.confidence):
        with pytest.raises(UserError, match=facts("image1", "30x20", "30x40")):
            read(1, (40, 30))
