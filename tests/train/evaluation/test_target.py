"""Scores on another dataset, against a scorer that shares nothing with SegDeck's but the predicted label maps."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from configs.errors import UserError
from data import store
from models.added.adding_predictions import add_predictions
from models.inference.loading import load_predictor
from models.runs.evaluation import SplitScores
from models.runs.run import Run
from tests.data.conftest import IDS, LAYOUTS
from tests.facts import facts
from tests.train.scored_run import make_run
from train.evaluation import scoring
from train.evaluation.target import OTHER, target_of

ALL_VOC = frozenset(range(21))


@dataclass(frozen=True)
class Case:
    """A model's dataset, another one, and the classes they share: name, raw values of its masks, ids of the model."""

    model: str
    dataset: str
    shared: tuple[tuple[str, frozenset[int], frozenset[int]], ...]
    unlabelled: frozenset[int]
    """Raw values that have no class."""

    def __str__(self) -> str:
        """Return the name of the test."""
        return f"{self.model} on {self.dataset}"


CASES = (
    Case(
        "oxford_iiit_pet",
        "voc2012",
        (("pet", frozenset({8, 12}), frozenset({0})), ("anything else", ALL_VOC - {8, 12}, frozenset({1}))),
        frozenset({255}),
    ),
    Case(
        "voc2012",
        "oxford_iiit_pet",
        (("pet", frozenset({1}), frozenset({8, 12})), ("anything else", frozenset({2}), ALL_VOC - {8, 12})),
        frozenset(),
    ),
    Case(
        "camvid",
        "voc2012",
        (
            ("bus or car", frozenset({6, 7}), frozenset({8})),
            ("bicycle, motorbike or person", frozenset({2, 14, 15}), frozenset({9, 10})),
            ("anything else", frozenset({0}), frozenset(range(8))),
        ),
        frozenset({255}),
    ),
)
MASKS = {
    "voc2012": "VOCdevkit/VOC2012/SegmentationClass/{}.png",
    "oxford_iiit_pet": "oxford_iiit_pet/annotations/trimaps/{}.png",
}


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with all datasets."""
    folder: Path = tmp_path_factory.mktemp("others")
    for name, make in LAYOUTS.values():
        make(folder / name)
    return folder


@pytest.fixture(scope="module")
def run_of(tmp_path_factory: pytest.TempPathFactory, others: Path):
    """Return a function that gives the run of a dataset; the runs know the first validation picture of VOC."""
    known = store.open_split("voc2012", "val", others).hashes[0]
    runs: dict[str, Run] = {}

    def run_of(dataset: str) -> Run:
        if dataset not in runs:
            runs[dataset] = make_run(tmp_path_factory.mktemp("runs") / f"of_{dataset}", dataset, known)
        return runs[dataset]

    return run_of


def plain_scores(
    pairs: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]], case: Case
) -> tuple[NDArray[np.int64], float, float]:
    """Return the confusion matrix of raw masks and predicted ids, the mIoU and the share of the labelled pixels."""
    count = len(case.shared)
    matrix = np.zeros((count + 1, count + 1), np.int64)
    scored = labelled = 0
    for truth, predicted in pairs:
        labelled += int((~np.isin(truth, list(case.unlabelled))).sum())
        for row, (_, values, _) in enumerate(case.shared):
            here = np.isin(truth, list(values))
            scored += int(here.sum())
            taken = np.zeros(truth.shape, bool)
            for column, (_, _, ids) in enumerate(case.shared):
                as_it = np.isin(predicted, list(ids))
                matrix[row, column] += int((here & as_it).sum())
                taken |= as_it
            matrix[row, count] += int((here & ~taken).sum())
    hits = matrix.diagonal()[:count]
    union = matrix[:count].sum(axis=1) + matrix[:, :count].sum(axis=0) - hits
    present = matrix[:count].sum(axis=1) > 0
    return matrix, float((hits[present] / union[present]).mean()), scored / labelled


def predicted_pairs(run: Run, case: Case, data_dir: Path, names: list[str]):
    samples = store.open_split(case.dataset, "val", data_dir)
    predictor = load_predictor(run, "float32")
    for name in names:
        labels = predictor.predict(samples[samples.ids.index(name)].image).labels
        yield np.asarray(Image.open(data_dir / MASKS[case.dataset].format(name))), labels


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_scores_are_those_of_a_plain_scorer(case: Case, run_of, others: Path) -> None:
    run = run_of(case.model)
    result = scoring.score_model(run, others, "val", target_of(run, case.dataset))
    names = list(IDS["val"])[case.dataset == "voc2012" :]
    assert [image.id for image in result.per_image] == names
    pairs = list(predicted_pairs(run, case, others, names))
    matrix, miou, share = plain_scores(pairs, case)
    np.testing.assert_array_equal(result.confusion, matrix)
    assert (matrix.sum(axis=0) > 0).sum() > 1, "the network predicts one class only"
    assert result.miou == pytest.approx(miou, abs=1e-6)
    assert result.scored_share == pytest.approx(share, abs=1e-6)
    assert (result.scored_share == 1) == (case.model == "oxford_iiit_pet")
    assert result.pixel_accuracy == pytest.approx(matrix.trace() / matrix.sum(), abs=1e-6)
    for image, pair in zip(result.per_image, pairs, strict=True):
        one, its_miou, _ = plain_scores([pair], case)
        assert image.miou == pytest.approx(its_miou, abs=1e-6)
        assert list(image.tp) == one.diagonal().tolist()
        assert list(image.fn) == (one.sum(axis=1) - one.diagonal()).tolist()
        assert list(image.fp) == (one.sum(axis=0) - one.diagonal()).tolist()


@pytest.fixture(scope="module")
def pets_on_voc(run_of, others: Path) -> SplitScores:
    run = run_of("oxford_iiit_pet")
    return scoring.score_model(run, others, "val", target_of(run, "voc2012"))


def test_the_scores_name_the_dataset_and_what_each_class_consists_of(pets_on_voc: SplitScores) -> None:
    pet, rest, other = pets_on_voc.classes
    assert pets_on_voc.dataset == "voc2012"
    assert (pet.name, pet.model_classes, pet.dataset_classes) == ("pet", ("pet",), ("cat", "dog"))
    assert (rest.model_classes, len(rest.dataset_classes)) == (("background",), 19)
    assert (other.name, other.model_classes, other.dataset_classes) == (OTHER, (), ())
    assert (other.pixels, other.iou) == (0, None), "no truth has it, so no mean includes it"
    assert pets_on_voc.calibration_error is None, "a shared class has no probability of its own"
    assert pets_on_voc.adaptive_calibration_error is pets_on_voc.brier_score is None
    assert pets_on_voc.detection is None


def test_images_trained_on_are_left_out_on_any_dataset(pets_on_voc: SplitScores, others: Path) -> None:
    samples = store.open_split("voc2012", "val", others)
    assert (pets_on_voc.images.count, pets_on_voc.images.left_out) == (1, 1)
    assert pets_on_voc.images.digest == samples.subset([1]).digest


def test_a_file_says_what_classes_mean(run_of, others: Path, tmp_path: Path) -> None:
    run, file = run_of("oxford_iiit_pet"), tmp_path / "classes.yaml"
    file.write_text("border: [cat, dog]\nbackground: background\n")
    target = target_of(run, "voc2012", file)
    assert [(one.name, one.first) for one in target.shared or ()] == [("pet", (0, 2)), ("anything else", (1,))]
    result = scoring.score_model(run, others, "val", target)
    assert result.classes[0].model_classes == ("pet", "border")
    assert not any(row[2] for row in result.confusion), "no class of the model is left over"


def test_stored_predictions_are_scored_without_a_confidence(others: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "runs"))
    (tmp_path / "masks").mkdir()
    for sample in store.open_split("oxford_iiit_pet", "val", others):
        Image.fromarray(sample.mask).save(tmp_path / "masks" / f"{sample.id}.png")
    model = add_predictions(tmp_path / "masks", "oxford_iiit_pet", "val", "mine", others)
    result = scoring.evaluate_run(model, others, "val").splits["val"]
    assert (result.miou, result.calibration_error, result.dataset) == (1, None, "")
    assert model.scores("val") == result
    with pytest.raises(UserError, match=facts("mine", "oxford_iiit_pet", "val")):
        scoring.score_model(model, others, "val", target_of(model, "voc2012"))


def test_scores_on_several_datasets_are_kept_side_by_side(run_of, others: Path, tmp_path: Path) -> None:
    source = run_of("oxford_iiit_pet")
    folder = tmp_path / "pets"
    folder.mkdir()
    for file in source.path.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    run = Run(folder, published=False)
    scoring.evaluate_run(run, others, "val")
    both = scoring.evaluate_run(run, others, "val", target=target_of(run, "voc2012"))
    assert list(both.splits) == ["val", "voc2012/val"]
    assert run.evaluation() == both
    assert both.splits["val"].dataset == ""


@pytest.mark.parametrize(
    ("of", "dataset", "expected"),
    [
        ("oxford_iiit_pet", "camvid", ("of_oxford_iiit_pet", "pet, background", "sky", "--classes-map")),
        ("oxford_iiit_pet", "moon", ("moon", "voc2012")),
    ],
)
def test_a_target_that_cannot_be_scored_is_refused(run_of, of, dataset, expected) -> None:
    with pytest.raises(UserError, match=facts(*expected)):
        target_of(run_of(of), dataset)


@pytest.mark.parametrize("dataset", [None, "oxford_iiit_pet"])
def test_a_file_of_meanings_needs_another_dataset(run_of, tmp_path: Path, dataset) -> None:
    with pytest.raises(UserError, match=facts("--classes-map", "--dataset", "oxford_iiit_pet")):
        target_of(run_of("oxford_iiit_pet"), dataset, tmp_path / "classes.yaml")
