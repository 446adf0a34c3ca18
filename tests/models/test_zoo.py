"""What every published model must be, a new one included."""

import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from configs import paths, schema
from configs.files import sha256
from data import datasets, store
from models.inference import default_int8, quantisation
from models.inference.graph_summary import gmacs
from models.inference.predictor import RunPredictor
from models.metrics.definitions import ERRORS
from models.runs import calibration, familiarity, int8_rest, registry, weights
from models.runs.run import Run
from tests.models import familiar
from train.evaluation import familiarity as fitting
from train.evaluation.scoring import leave_out_training_images, score_model
from train.publishing import model_card

PUBLISHED = [run for run in registry.runs() if run.published]
LARGEST = 70_000_000
"""Bytes of a weight file."""
LEAST_AUROC = 0.9
"""How well a published model tells other pictures from its own; docs/familiarity.md has what misses 0.95."""
AFFORDABLE = 1300.0
"""Multiplications, in 10^9, that scoring one model may cost here: a network that needs more for the whole split is
scored on as many of its pictures as that allows."""


@pytest.fixture(params=PUBLISHED, ids=lambda run: run.name)
def run(request) -> Run:
    return request.param


@pytest.fixture(scope="session")
def merged_data(shared_data, tmp_path_factory) -> Path:
    """Return a folder with the real data and the pictures of rarer classes that came later."""
    folder = tmp_path_factory.mktemp("merged")
    subprocess.run(["bash", shared_data.parent / "merge_data.sh", folder], check=True)
    return folder


@pytest.fixture
def real_data(run, shared_data, merged_data) -> Path:
    """Return the folder with the very pictures on which a run's figures were measured."""
    split = run.experiment.evaluate.split
    evaluated = run.scores(split).images.digest
    for folder in (shared_data, merged_data):
        samples = store.open_split(run.dataset.name, split, folder)
        if leave_out_training_images(run, samples, split).digest == evaluated:
            return folder
    pytest.fail(f"neither folder has the pictures on which {run.name} was evaluated")


def test_no_folder_in_the_zoo_is_broken():
    assert [path.name for path, _ in registry.invalid_models() if path.parent == paths.zoo_dir()] == []


def test_it_is_complete_and_undamaged(run):
    weights.verify(run.path)
    listed = {line.split("  ", 1)[1] for line in (run.path / weights.CHECKSUMS).read_text().splitlines()}
    there = {file.relative_to(run.path).as_posix() for file in run.path.rglob("*") if file.is_file()}
    assert listed == there - {weights.CHECKSUMS}
    assert there >= {"config.yaml", "status.json", "history.csv", "evaluation.json", "train_images.txt", "card.md"}
    assert run.weights.stat().st_size <= LARGEST
    assert run.status().state == "finished"


def test_its_history_has_every_epoch_and_every_value(run):
    history = run.history()
    assert history["epoch"].tolist() == list(range(1, len(history) + 1))
    assert run.status().epoch == len(history)
    assert np.isfinite(history.to_numpy()).all()


def test_its_config_is_the_one_in_configs(run):
    """Someone who trains it again gets the same experiment; what the hardware decided may differ."""
    path = Path(schema.__file__).parent / f"{run.name}.yaml"
    recipe = schema.load(path, [f"train.precision={run.experiment.train.precision}"])
    assert recipe == run.experiment


def test_its_previews_are_label_maps(run):
    files = sorted(run.previews.rglob("*.png"))
    assert len(files) >= len(run.history())
    for file in files:
        with Image.open(file) as image:
            assert image.mode == "P"
            assert np.asarray(image).max() < len(run.label_space)


def test_its_card_and_config_tell_the_measured_figures(run):
    scores = run.scores(run.experiment.evaluate.split)
    figures = {f"{scores.miou:.4f}", f"{scores.pixel_accuracy:.4f}"}
    assert figures <= set(re.findall(r"\d\.\d{4}", run.card))
    head = (Path(schema.__file__).parent / f"{run.name}.yaml").read_text().split("name:")[0]
    assert figures <= set(re.findall(r"\d\.\d{4}", head))


def test_its_card_says_what_its_files_say(run):
    """What people have to say stands among its remarks, so that figures are renewed by ``train.model_card``."""
    assert run.card.startswith(model_card.MARK)
    local = dataclasses.replace(run, published=False)
    assert model_card.renewed(local, run.name, run.card) == run.card, "run: python -m train.model_card"


def test_its_figures_are_the_sum_of_its_pictures(run):
    scores = run.scores(run.experiment.evaluate.split)
    assert len(scores.per_image) == scores.images.count
    tp, fp, fn = np.sum([[image.tp, image.fp, image.fn] for image in scores.per_image], axis=0)
    assert tp.sum() / (tp + fn).sum() == pytest.approx(scores.pixel_accuracy, abs=1e-9)
    right, invented, missed = (counts[tp + fn > 0] for counts in (tp, fp, fn))
    assert np.mean(right / (right + invented + missed)) == pytest.approx(scores.miou, abs=1e-9)
    assert scores.dice == pytest.approx(np.mean(2 * right / (2 * right + invented + missed)), abs=1e-9)
    for entry, wrong in zip(scores.classes, fp + fn, strict=True):
        assert sum(getattr(entry.errors, kind) for kind in ERRORS) == wrong, entry.name


@pytest.mark.slow
def test_its_figures_are_those_of_its_weights_on_the_real_data(run, real_data, tmp_path):
    split = run.experiment.evaluate.split
    published = run.scores(split)
    pictures = min(published.images.count, int(AFFORDABLE / gmacs(run)))
    measured = score_model(_limited_to(pictures, run, tmp_path), real_data, split)
    assert measured.images.count == pictures
    assert measured.weights == published.weights
    known = {image.id: image for image in published.per_image}
    for image in measured.per_image:
        counts, expected = (np.array([one.tp, one.fp, one.fn]) for one in (image, known[image.id]))
        assert np.abs(counts - expected).sum() <= 5e-4 * expected.sum(), image.id  # near ties fall either way
    if pictures < published.images.count:
        return  # what the pictures sum up to is checked above
    assert measured.images == published.images
    assert measured.miou == pytest.approx(published.miou, abs=1e-4)
    assert (measured.detection is None) == (published.detection is None)
    assert measured.pixel_accuracy == pytest.approx(published.pixel_accuracy, abs=1e-4)
    assert measured.boundary_f1 == pytest.approx(published.boundary_f1, abs=1e-3)
    assert measured.brier_score == pytest.approx(published.brier_score, abs=1e-4)
    if (expected := published.detection) and (
        found := measured.detection
    ):  # a near tie that falls the other way can make or break an object
        assert found.precision == pytest.approx(expected.precision, abs=5e-3)
        assert found.recall == pytest.approx(expected.recall, abs=5e-3)
        assert found.map50 == pytest.approx(expected.map50, abs=5e-3)


def test_its_int8_network_is_nearly_as_good_and_smaller(run):
    split = run.experiment.evaluate.split
    view = run.in_precision("int8")
    plain, quantised = run.scores(split), view.scores(split)
    assert quantised.weights == view.digest()
    assert quantised.images == plain.images
    assert default_int8.int8_loss(run) == plain.miou - quantised.miou <= default_int8.MAX_LOSS
    assert view.size_bytes() < run.size_bytes(), "the weight file has two bytes for each weight"
    assert run.quantisation.stat().st_size < 500_000
    assert quantisation.read(run.quantisation).weights == sha256(run.weights)
    calibrated = run.calibration_images.read_text().split()
    assert set(calibrated) <= run.training_images()
    assert len(calibrated) == len(set(calibrated)) > 0


def test_the_rest_of_its_int8_network_is_computed_in_what_was_found_best(run):
    found, scores = int8_rest.read(run), run.in_precision("int8").scores(run.experiment.evaluate.split)
    assert found is not None, "run: python -m models.quantize NAME --rest"
    assert found.pictures == scores.images.count
    assert found.float32.miou == pytest.approx(scores.miou, abs=int8_rest.MAX_CHANGE)
    assert found.rest == int8_rest.best(found.float32, found.bfloat16)


@pytest.mark.slow
def test_its_int8_figures_are_those_of_its_network_on_the_real_data(run, real_data, tmp_path):
    split = run.experiment.evaluate.split
    published = run.in_precision("int8").scores(split)
    pictures = min(published.images.count, int(AFFORDABLE / gmacs(run) / 4))
    copy = _limited_to(pictures, run, tmp_path)
    shutil.copyfile(run.quantisation, copy.quantisation)
    measured = score_model(copy.in_precision("int8"), real_data, split)
    assert measured.weights == published.weights
    known = {image.id: image for image in published.per_image}
    differing = total = 0
    for image in measured.per_image:
        counts, expected = (np.array([one.tp, one.fp, one.fn]) for one in (image, known[image.id]))
        differing += np.abs(counts - expected).sum()
        total += expected.sum()
    assert differing <= 0.02 * total  # CPUs round differently, and a rounded value is a whole step away


def test_it_tells_pictures_unlike_its_training_pictures(run):
    found = familiar.kept(run)
    assert found.auroc is not None
    assert found.false_alarms <= fitting.FALSE_ALARMS
    assert found.auroc >= LEAST_AUROC
    assert {one.name for one in found.others} == set(datasets.built_in()) - {run.dataset.name}
    assert found.images.count >= fitting.FEWEST
    assert familiarity.file_of(run).stat().st_size < 100_000


@pytest.mark.slow
def test_the_pictures_it_tells_are_those_on_the_real_data(run, real_data):
    """As served, in float32: the figures of the file if the network is quick enough to see them all, else a sample."""
    found, split = familiar.kept(run), run.experiment.evaluate.split
    others = {one.dataset.name: one.judged for one in fitting.other_pictures(run, real_data, 10_000)}
    expected = {one.name: one for one in found.others if one.auroc is not None}
    own = fitting._first(store.open_split(run.dataset.name, split, real_data), found.images.count, but=frozenset())
    assert own.digest == found.images.digest
    each = int(AFFORDABLE / gmacs(run) / (1 + len(expected)))
    model = RunPredictor.load(run, "float32")

    def distances(samples, count: int) -> np.ndarray:
        pictures = (samples[index].image for index in range(min(count, each)))
        return np.array([familiar.verdict(model, picture).distance for picture in pictures])

    mine = distances(own, len(own))
    whole = len(mine) == len(own)
    if whole:
        assert np.mean(mine > found.threshold) == pytest.approx(found.false_alarms, abs=1.5 / len(own))
    for name, one in expected.items():
        theirs = distances(others[name], one.pictures)
        measured = fitting.auroc(mine, theirs) if len(theirs) >= fitting.FEWEST else np.mean(theirs[:, None] > mine)
        assert measured == pytest.approx(one.auroc, abs=5e-3 if whole and len(theirs) == one.pictures else 0.1), name


def test_its_label_space_is_its_datasets(run):
    assert datasets.get(run.experiment.data.dataset).label_space == run.label_space


def _limited_to(pictures: int, run: Run, folder: Path) -> Run:
    """Return a copy of a run that is scored on so many pictures, spread over the split."""
    data = run.experiment.data.model_copy(update={"limit": pictures})
    experiment = run.experiment.model_copy(update={"data": data})
    (folder / "config.yaml").write_text(schema.dump(experiment), encoding="utf-8")
    for name in ("model.weights.h5", "train_images.txt"):
        shutil.copyfile(run.path / name, folder / name)
    if run.calibration is not None:
        shutil.copyfile(run.path / calibration.FILE, folder / calibration.FILE)
    return Run(folder, published=False)
