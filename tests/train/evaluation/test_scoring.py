import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from sklearn.metrics import accuracy_score, confusion_matrix, jaccard_score

from configs import files
from configs.errors import UserError
from configs.paths import ROOT
from data import store
from data.geometry import letterbox, scores_to_image
from data.label_space import LabelSpace
from models.analysis import saved_predictions
from models.inference.predictor import RunPredictor
from models.inference.score_maps import Probabilities
from models.metrics import segmentation
from models.metrics.definitions import ERRORS
from models.runs.evaluation import Evaluation, Images, SplitScores
from models.runs.run import Run
from tests.train.scored_run import SIZES, make_run, read
from train.evaluation import class_statistics, report, scoring


def assert_scores_follow_from_predicted_files(
    result: SplitScores, predictions: Path, truths: dict[str, NDArray[np.uint8]], label_space: LabelSpace
) -> None:
    """Recompute the scores with scikit-learn from the label maps that the command line wrote."""
    ids, names = list(label_space.scored), [label_space.names[ident] for ident in label_space.scored]
    assert [image.id for image in result.per_image] == list(truths)
    assert [entry.name for entry in result.classes] == names
    maps = {name: np.asarray(Image.open(predictions / f"{name}.png")) for name in truths}
    pairs = []
    for image in result.per_image:
        truth, predicted = truths[image.id], maps[image.id]
        assert predicted.shape == truth.shape
        scored = truth != label_space.void if label_space.void is not None else np.ones(truth.shape, bool)
        truth, predicted = truth[scored], predicted[scored]
        pairs.append((truth, predicted))
        if not truth.size:
            assert image.miou is None
            assert not any(image.tp + image.fp + image.fn)
            continue
        matrix = confusion_matrix(truth, predicted, labels=ids)
        assert list(image.tp) == list(matrix.diagonal())
        assert list(image.fp) == list(matrix.sum(axis=0) - matrix.diagonal())
        assert list(image.fn) == list(matrix.sum(axis=1) - matrix.diagonal())
        shown = np.unique(truth)
        assert image.miou == pytest.approx(jaccard_score(truth, predicted, labels=shown, average="macro"))
    truth, predicted = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    np.testing.assert_array_equal(result.confusion, confusion_matrix(truth, predicted, labels=ids))
    shown = np.unique(truth)
    assert result.miou == pytest.approx(jaccard_score(truth, predicted, labels=shown, average="macro"))
    assert result.pixel_accuracy == pytest.approx(accuracy_score(truth, predicted))
    weighted = jaccard_score(truth, predicted, labels=shown, average="weighted")
    assert result.frequency_weighted_iou == pytest.approx(weighted)
    recalls = [(predicted[truth == ident] == ident).mean() for ident in shown]
    assert result.mean_accuracy == pytest.approx(np.mean(recalls))
    per_class = dict(zip(shown, jaccard_score(truth, predicted, labels=shown, average=None), strict=True))
    for ident, entry in zip(ids, result.classes, strict=True):
        assert entry.pixels == (truth == ident).sum()
        assert entry.iou == (pytest.approx(per_class[ident]) if ident in per_class else None)
        assert (entry.accuracy is None) == (ident not in per_class)


def predict(run: Run, images: Path, output: Path) -> None:
    """Run ``python -m models.predict``."""
    command = [sys.executable, "-m", "models.predict", "--model", str(run.path), "--input", str(images)]
    command += ["--output", str(output), "--precision", "float32"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def test_the_scores_are_those_of_the_predicted_files(
    result: SplitScores, trained: Run, data_dir: Path, tmp_path: Path
) -> None:
    predict(trained, data_dir / "CamVid" / "val", tmp_path / "out")
    truths = {
        f"street{index}": np.asarray(Image.open(data_dir / "CamVid" / "valannot" / f"street{index}.png"))
        for index in range(len(SIZES))
    }
    assert_scores_follow_from_predicted_files(result, tmp_path / "out", truths, trained.label_space)
    assert sum(entry.iou is not None for entry in result.classes) == 9
    assert sum(any(column) for column in zip(*result.confusion, strict=True)) > 3, (
        "the network predicts too few classes"
    )


@pytest.mark.slow
def test_the_scores_on_real_pets_are_those_of_the_predicted_files(shared_data: Path, tmp_path: Path) -> None:
    run = make_run(tmp_path / "pets", "oxford_iiit_pet", "", "data.limit=5", "data.resize=letterbox")
    result = scoring.evaluate_run(run, shared_data, "val").splits["val"]
    samples = store.open_split("oxford_iiit_pet", "val", shared_data, 5)
    (tmp_path / "images").mkdir()
    for name in samples.ids:
        shutil.copy(shared_data / "oxford_iiit_pet" / "images" / f"{name}.jpg", tmp_path / "images")
    predict(run, tmp_path / "images", tmp_path / "out")
    truths = {name: np.asarray(Image.open(path)) - 1 for name, path in trimaps(shared_data, samples.ids)}
    assert_scores_follow_from_predicted_files(result, tmp_path / "out", truths, run.label_space)
    assert result.images == Images(count=5, digest=samples.digest, left_out=0)


def trimaps(shared_data: Path, names: tuple[str, ...]) -> list[tuple[str, Path]]:
    folder = shared_data / "oxford_iiit_pet" / "annotations" / "trimaps"
    return [(name, folder / f"{name}.png") for name in names]


def test_images_trained_on_are_left_out(
    result: SplitScores, trained: Run, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = store.open_split("camvid", "val", data_dir)
    assert "again" in samples.ids
    streets = [index for index, name in enumerate(samples.ids) if name.startswith("street")]
    assert result.images == Images(count=5, digest=samples.subset(streets).digest, left_out=1)
    scoring.score_model(trained, data_dir, "val")
    assert re.fullmatch(r"[^\n]* 1 of 6 images: streets [^\n]*\n", capsys.readouterr().err)


def test_the_scores_name_their_weights_and_engine(result: SplitScores, trained: Run) -> None:
    assert result.size == "mask"
    assert result.engine.startswith("OpenVINO 20")
    assert result.engine.endswith(" float32")
    assert result.weights == files.sha256(trained.weights)
    assert result.date.endswith("+00:00")


@pytest.fixture(scope="module")
def groceries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return three pictures of groceries, with two objects, one and none."""
    folder = tmp_path_factory.mktemp("groceries")
    random = np.random.default_rng(0)
    labels = {
        "two": "0 0 0 0.5 0 0.5 0.5 0 0.5\n1 0.6 0.6 0.9 0.6 0.9 0.9\n",
        "one": "0 0.2 0.2 1 0.2 1 1 0.2 1\n",
        "none": "",
    }
    for name, text in labels.items():
        for part in ("images", "labels"):
            (folder / "grocery" / part / "val").mkdir(parents=True, exist_ok=True)
        image = random.integers(0, 256, (40, 60, 3), np.uint8)
        Image.fromarray(image).save(folder / "grocery" / "images" / "val" / f"{name}.png")
        (folder / "grocery" / "labels" / "val" / f"{name}.txt").write_text(text)
    return folder


@pytest.fixture(scope="module")
def grocer(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run on the groceries, which no test changes."""
    return make_run(tmp_path_factory.mktemp("runs") / "groceries", "grocery", "", "evaluate.smallest_object=0.002")


@pytest.mark.slow
def test_objects_are_those_of_the_predicted_files(groceries: Path, grocer: Run) -> None:
    found = scoring.score_model(grocer, groceries, "val").detection
    assert found is not None
    space = grocer.label_space
    assert (found.iou, found.smallest_object) == (0.5, 0.002)
    assert [entry.name for entry in found.classes] == list(space.names[1:])
    assert [entry.truth for entry in found.classes] == [2, 1] + 22 * [0]
    assert [entry.ap50 is None for entry in found.classes] == [False, False] + 22 * [True]
    predictor = RunPredictor.load(grocer, "float32")
    predicted = [0] * len(space)
    for sample in store.open_split("grocery", "val", groceries):
        labels = predictor.predict(sample.image).labels
        for ident in range(1, len(space)):
            pieces, count = ndimage.label(labels == ident, np.ones((3, 3)))
            areas = np.bincount(pieces.ravel())[1 : count + 1]
            predicted[ident] += int((areas >= 0.002 * labels.size).sum())
    assert sum(predicted) > 5
    assert [entry.predicted for entry in found.classes] == predicted[1:]


def test_a_perfect_prediction_finds_every_object(groceries: Path, grocer: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = {sample.image.tobytes(): sample.mask for sample in store.open_split("grocery", "val", groceries)}

    def perfect(self: RunPredictor, image: NDArray[np.uint8]) -> Probabilities:
        mask = truth[image.tobytes()]
        scores = np.eye(len(grocer.label_space), dtype=np.float32)[mask]
        return Probabilities(scores, letterbox(mask.shape, mask.shape, "stretch"), grocer.label_space.scored)

    monkeypatch.setattr(RunPredictor, "score_map", perfect)
    result = scoring.score_model(grocer, groceries, "val")
    assert result.miou == 1
    found = result.detection
    assert found is not None
    assert (found.precision, found.recall, found.map50) == (1, 1, 1)
    assert re.search(r"mAP50 of objects +1\.0000\n", report.table("groceries", "val", result))


def test_without_true_boxes_there_is_no_detection(result: SplitScores) -> None:
    assert result.detection is None
    assert "objects" not in report.table("streets", "val", result)


def test_subsets_are_means_over_their_classes_in_the_split(result: SplitScores) -> None:
    iou = {entry.name: entry.iou or 0.0 for entry in result.classes}
    assert result.subsets == {
        "ground": pytest.approx((iou["road"] + iou["pavement"]) / 2),
        "people": None,
        "mixed": iou["road"],
    }


def test_the_calibration_error_follows_from_its_bins(result: SplitScores) -> None:
    bins = [entry for entry in result.calibration if entry.pixels]
    pixels = np.array([entry.pixels for entry in bins])
    accuracy, confidence = (np.array([getattr(entry, key) for entry in bins]) for key in ("accuracy", "confidence"))
    assert len(result.calibration) == 15
    assert pixels.sum() == sum(map(sum, result.confusion))
    error = (pixels * np.abs(accuracy - confidence)).sum() / pixels.sum()
    assert result.calibration_error == pytest.approx(error)
    assert (pixels * accuracy).sum() / pixels.sum() == pytest.approx(result.pixel_accuracy)


def test_the_kinds_of_errors_and_the_further_scores_are_stored(run: Run, data_dir: Path, result: SplitScores) -> None:
    scoring.evaluate_run(run, data_dir, "val")
    stored = read(run.path / "evaluation.json")["val"]
    assert all(0 < stored[key] < 1 for key in ("dice", "boundary_f1", "adaptive_calibration_error"))
    assert 0 < stored["brier_score"] < 2
    for index, entry in enumerate(stored["classes"]):
        wrong = sum(image["fp"][index] + image["fn"][index] for image in stored["per_image"])
        assert sum(entry["errors"][kind] for kind in ERRORS) == wrong
    for entry in result.classes:
        assert sum(entry.lost.values()) == (0 if entry.iou is None else pytest.approx(1 - entry.iou))
    printed = report.table("streets", "val", result)
    shown = next(entry for entry in result.classes if entry.iou is not None)
    row = next(line for line in printed.splitlines() if line.startswith(f"{shown.name} "))
    scores = [shown.iou, shown.dice, shown.precision, shown.accuracy, shown.boundary_f1]
    assert row.split()[1:6] == [f"{score:.4f}" for score in scores]
    assert f"{shown.lost['boundary']:.4f}" in printed


def test_the_brier_score_is_that_of_the_resized_probabilities(run: Run, data_dir: Path, result: SplitScores) -> None:
    predictor, space = RunPredictor.load(run, "float32"), run.label_space
    errors: list[float] = []
    for sample in store.open_split("camvid", "val", data_dir):
        if sample.id in {image.id for image in result.per_image}:
            scores, box = predictor.network_scores(sample.image)
            probabilities = scores_to_image(scores, box, slice(None))
            one_hot = np.eye(len(space))[sample.mask]
            squares = ((probabilities - one_hot) ** 2).sum(axis=2)
            errors += squares[sample.mask != space.void].tolist()
    assert result.brier_score == pytest.approx(np.mean(errors), abs=1e-5)


def test_other_splits_stay_while_the_weights_do(run: Run, data_dir: Path, result: SplitScores) -> None:
    same, older = {"weights": result.weights, "miou": 0.5}, {"weights": "0" * 64, "miou": 0.4}
    known = {"schema": 1, "test": same, "extra": older, "val": older}
    files.write_text(run.path / "evaluation.json", json.dumps(known))
    evaluation = scoring.evaluate_run(run, data_dir, "val")
    assert evaluation.splits["val"].miou == result.miou
    document = read(run.path / "evaluation.json")
    assert list(document) == ["schema", "test", "val"]
    assert document["test"] == same
    assert Evaluation.parse(json.dumps(document)) == evaluation


def test_a_split_that_is_scored_meanwhile_is_kept(
    run: Run, data_dir: Path, result: SplitScores, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = class_statistics.count

    def meanwhile(*arguments: Any) -> Any:
        document = {"schema": 1, "test": {"weights": result.weights, "miou": 0.5}}
        files.write_text(run.path / "evaluation.json", json.dumps(document))
        return count(*arguments)

    monkeypatch.setattr(class_statistics, "count", meanwhile)
    scoring.evaluate_run(run, data_dir, "val")
    assert read(run.path / "evaluation.json").keys() == {"schema", "test", "val"}


@pytest.mark.parametrize("content", ["", "[1]", '{"schema": 0, "test": {"miou": 1}}', '{"schema": 1, "test": 3}'])
def test_an_invalid_evaluation_is_replaced(run: Run, data_dir: Path, content: str) -> None:
    files.write_text(run.path / "evaluation.json", content)
    scoring.evaluate_run(run, data_dir, "val")
    assert list(read(run.path / "evaluation.json")) == ["schema", "val"]


def test_nothing_is_written_into_a_published_run(run: Run, data_dir: Path) -> None:
    lines = [f"{files.sha256(path)}  {path.name}\n" for path in sorted(run.path.iterdir())]
    files.write_text(run.path / "SHA256SUMS", "".join(lines))
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    evaluation = scoring.evaluate_run(replace(run, published=True), data_dir, "val")
    assert evaluation.splits["val"].images.count == 5
    assert {path: path.read_bytes() for path in run.path.iterdir()} == before


def test_a_run_without_its_list_of_training_images_is_refused(run: Run, data_dir: Path) -> None:
    (run.path / "train_images.txt").unlink()
    with pytest.raises(UserError, match=r"train_images\.txt: .*streets"):
        scoring.score_model(run, data_dir, "val")


@pytest.mark.parametrize(("name", "message"), [("void", "'void' is never scored"), ("lorry", "no class 'lorry'")])
def test_a_subset_must_be_of_scored_classes(run: Run, data_dir: Path, name: str, message: str) -> None:
    config = run.path / "config.yaml"
    files.write_text(config, config.read_text().replace("- pedestrian\n", f"- {name}\n"))
    with pytest.raises(UserError, match=message):
        scoring.score_model(run, data_dir, "val")


def test_saved_predictions_count_to_the_scores(
    trained: Run, data_dir: Path, result: SplitScores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = {sample.id: sample for sample in store.open_split("camvid", "val", data_dir)}
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    scores = scoring.score_model(trained, data_dir, "val", save=True)
    saved = saved_predictions.open_saved(None, "camvid", "val", scores)
    assert saved is not None
    assert saved.ids == tuple(image.id for image in result.per_image)
    assert saved_predictions.open_saved("int8", "camvid", "val", scores) is None
    cells = saved.cells
    confusion = np.zeros(2 * (len(scores.classes),), np.int64)
    np.add.at(confusion, (cells.truth, cells.predicted), cells.pixels)
    np.testing.assert_array_equal(confusion, result.confusion)
    assert saved.bin_pixels.sum(axis=0).tolist() == [entry.pixels for entry in result.calibration]
    for entry, correct in zip(result.calibration, saved.bin_correct.sum(axis=0), strict=True):
        assert correct == pytest.approx((entry.accuracy or 0) * entry.pixels)
    for index, image in enumerate(result.per_image):
        again = segmentation.confusion(samples[image.id].mask, saved.labels(index), trained.label_space)
        assert [counts.tolist() for counts in segmentation.tp_fp_fn(again)] == [
            list(counts) for counts in (image.tp, image.fp, image.fn)
        ]
        confidence = saved.confidence(index)
        assert confidence is not None
        scored = samples[image.id].mask != trained.label_space.void
        bins = np.bincount(saved_predictions.bin_of(confidence)[scored], minlength=15)
        np.testing.assert_array_equal(bins, saved.bin_pixels[index])
