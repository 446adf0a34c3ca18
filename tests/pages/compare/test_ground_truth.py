"""Ground truth: the scores of one picture are those of the evaluation, and a wrong mask is refused."""

import base64
import io
import shutil
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from configs.errors import UserError
from data import datasets, store
from data.label_space import IGNORE
from models.metrics import segmentation
from models.runs import registry
from models.runs.run import Run
from pages.compare import ground_truth_scores
from pages.compare.ground_truth import GroundTruth, ground_truth_of, ground_truth_panel
from pages.shared.content.dataset_items import DatasetItem
from pages.shared.content.images import Picture, dataset_picture


def png(labels):
    content = io.BytesIO()
    Image.fromarray(labels).save(content, "PNG")
    return content.getvalue()


def picture(digest="a picture", size=(30, 40)):
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    return Picture(digest, "a.png", "", content=png(image))


def counts(matrix):
    return [values.tolist() for values in segmentation.tp_fp_fn(matrix)]


def its_truth(shown: Picture) -> GroundTruth:
    """Return the ground truth of a dataset's picture."""
    known = ground_truth_of(shown, {})
    assert known is not None
    return known


@pytest.mark.parametrize(("name", "dataset"), [("tiny_pets", "oxford_iiit_pet"), ("tiny_street", "camvid")])
def test_the_scores_of_a_picture_are_those_of_the_evaluation(runs_folder, datasets_here, tmp_path, name, dataset):
    from train.evaluation.scoring import score_model

    run = Run(shutil.copytree(runs_folder / name, tmp_path / name), published=False)
    (run.path / "train_images.txt").write_text("")
    for entry in score_model(run, datasets_here, "val").per_image:
        shown = dataset_picture(DatasetItem(dataset, "val", entry.id))
        found = ground_truth_scores.confusion(its_truth(shown), shown, run)
        assert counts(found) == [list(entry.tp), list(entry.fp), list(entry.fn)]
        assert segmentation.mean_iou(found) == entry.miou


def test_the_scores_of_a_real_picture_are_the_published_ones(shared_data, monkeypatch):
    run = registry.find("pets_unet")
    store.open_split("oxford_iiit_pet", "val", shared_data)
    monkeypatch.setenv("SEGDECK_DATA", str(shared_data))
    scores = run.scores("val")
    assert scores is not None
    for entry in scores.per_image[:60:20]:
        shown = dataset_picture(DatasetItem("oxford_iiit_pet", "val", entry.id))
        found = ground_truth_scores.confusion(its_truth(shown), shown, run)
        assert segmentation.mean_iou(found) == pytest.approx(entry.miou, abs=1e-4), (
            "float32 differs slightly between CPUs"
        )


def test_a_score_is_cached_once_computed(runs_folder, datasets_here):
    run, shown = (
        Run(runs_folder / "tiny_pets", published=False),
        dataset_picture(DatasetItem("oxford_iiit_pet", "val", "d_4")),
    )
    known = its_truth(shown)
    first = ground_truth_scores.confusion.peek(known, shown, run)
    found = ground_truth_scores.confusion(known, shown, run)
    assert first is None or np.array_equal(first, found)
    again = ground_truth_scores.confusion.peek(known, shown, run)
    assert again is not None
    assert np.array_equal(again, found)


def test_a_class_that_is_not_in_the_mask_has_no_score():
    labels = np.zeros((30, 40), np.uint8)
    labels[:10] = 2
    labels[-1] = IGNORE
    known = GroundTruth.uploaded(picture(), datasets.get("oxford_iiit_pet"), "mask.png", png(labels))
    matrix = segmentation.confusion(known.labels(), np.where(labels == IGNORE, np.uint8(1), labels), known.label_space)
    table = ground_truth_scores.class_scores(known, {"perfect": matrix, "none": np.zeros_like(matrix)})
    assert list(table["Class"]) == ["pet", "border", "background"]
    assert list(table["Share"]) == pytest.approx([19 / 29, 10 / 29, 0])
    np.testing.assert_array_equal(table["perfect"], [1, 1, np.nan])
    summary = ground_truth_scores.summary({"none": np.zeros_like(matrix), "perfect": matrix})
    assert list(summary["Model"]) == ["perfect", "none"]
    assert summary["mIoU"][0] == summary["Pixel accuracy"][0] == 1


def test_the_panel_shows_the_mask_with_void_transparent():
    labels = np.repeat(np.arange(12, dtype=np.uint8), 100)[:, None] * np.ones((1, 2000), np.uint8)  # (1200, 2000)
    shown = picture("a large picture", labels.shape)
    panel = ground_truth_panel(GroundTruth.uploaded(shown, datasets.get("camvid"), "mask.png", png(labels)), shown)
    assert panel.size == (768, 1280)
    plane = np.frombuffer(zlib.decompress(base64.b64decode(panel.labels)), np.uint8).reshape(panel.size)
    assert list(plane[[0, 100, 700, 767], 0]) == [0, 1, 10, IGNORE]
    assert [entry.name for entry in panel.classes][-1] == "bicyclist"
    assert [entry.share for entry in panel.classes] == pytest.approx([1 / 12] * 11)
    assert (panel.kind, panel.space, panel.note) == ("truth", "camvid", "mask.png")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.zeros((41, 30), np.uint8), "mask.png: the mask is 30x41, but its image is 40x30"),
        (np.full((30, 40), 7, np.uint8), "mask.png: 1,200 of 1,200 pixels have no class"),
        (np.full((30, 40, 3), (0, 0, 9), np.uint8), "mask.png: 1,200 of 1,200 pixels have no class"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(labels, words):
    with pytest.raises(UserError) as error:
        GroundTruth.uploaded(picture(), datasets.get("oxford_iiit_pet"), "mask.png", png(labels))
    assert str(error.value).startswith(words)


def changed(truth: GroundTruth, **chosen) -> GroundTruth:
    assert truth.upload is not None
    return replace(truth, upload=replace(truth.upload, **chosen))


def test_a_chosen_reading_is_another_mask():
    labels = np.zeros((30, 40), np.uint8)
    labels[:10] = 255
    first = GroundTruth.uploaded(picture(), datasets.get("oxford_iiit_pet"), "mask.png", png(labels))
    assert first.complete
    assert np.array_equal(first.labels(), np.where(labels == 255, 0, 1)), "255 is the pet"
    other = changed(first, reading=1)
    assert other.key != first.key
    assert np.array_equal(other.labels(), np.where(labels == 255, 2, 1)), "255 is the border"


def test_a_mask_of_a_turned_photograph_is_turned_with_it():
    labels = np.zeros((30, 40), np.uint8)
    labels[:10], labels[:, :5], labels[20:, 30:] = 1, 2, 1
    stored, content = np.rot90(labels), io.BytesIO()  # as a phone held upright stores it, with orientation 6
    block = Image.Exif()
    block[274] = 6
    image = np.random.default_rng(0).integers(0, 255, (*stored.shape, 3), np.uint8)
    Image.fromarray(image).save(content, "JPEG", exif=block)
    shown = Picture("a phone's", "a.jpg", "", content=content.getvalue())
    for mask in (labels, stored):
        found = GroundTruth.uploaded(
            shown, datasets.get("oxford_iiit_pet"), "mask.png", png(np.ascontiguousarray(mask))
        )
        assert found.complete
        assert np.array_equal(found.labels(), labels)


def test_a_mask_that_lies_on_its_side_waits_for_the_turn_to_be_chosen():
    labels = np.arange(1200).reshape(30, 40).astype(np.uint8) % 3
    mask = np.rot90(labels, 1)
    found = GroundTruth.uploaded(
        picture(), datasets.get("oxford_iiit_pet"), "mask.png", png(np.ascontiguousarray(mask))
    )
    assert not found.complete
    assert found.upload is not None
    assert [turn.title for turn in found.upload.turns.options] == ["turned right", "turned left"]
    assert {"30x40", "40x30"} <= set(found.upload.turns.reason.replace(",", "").split())
    assert np.array_equal(changed(found, turn=0).labels(), labels)
    assert np.array_equal(changed(found, turn=1).labels(), labels[::-1, ::-1])


def test_an_uploaded_mask_belongs_to_its_picture_alone(datasets_here):
    known = GroundTruth.uploaded(
        picture(), datasets.get("oxford_iiit_pet"), "mask.png", png(np.zeros((30, 40), np.uint8))
    )
    uploaded = {"a picture": known}
    assert ground_truth_of(picture(), uploaded) is known
    assert ground_truth_of(picture("another"), uploaded) is None
    of_dataset = dataset_picture(DatasetItem("camvid", "val", "d_4"))
    first = ground_truth_of(of_dataset, {of_dataset.digest: known})
    assert first is not None
    assert first.item == of_dataset.item, "the dataset's own mask comes first"


def test_whether_a_run_was_trained_on_a_picture(tmp_path):
    run = Run(tmp_path, published=False)
    assert not ground_truth_scores.trained_on(run, picture())
    (tmp_path / "train_images.txt").write_text("one\ntwo\n")
    assert ground_truth_scores.trained_on(run, picture("two"))
    assert not ground_truth_scores.trained_on(run, picture("tw"))


def test_models_called_like_the_tables_own_columns_have_columns_of_their_own():
    known = GroundTruth.uploaded(
        picture(), datasets.get("oxford_iiit_pet"), "mask.png", png(np.zeros((30, 40), np.uint8))
    )
    matrix = segmentation.confusion(known.labels(), known.labels(), known.label_space)
    table = ground_truth_scores.class_scores(known, {"Class": matrix, "Share": matrix})
    assert table.columns.tolist() == ["Class", "Share", "Class (model)", "Share (model)"]
    assert (table["Class"][0], table["Share"][0], table["Share (model)"][0]) == ("pet", 1, 1)
