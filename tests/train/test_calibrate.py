"""A run whose confidence is made right."""

import dataclasses
import sys

import numpy as np
import pytest
from PIL import Image

from configs import schema
from configs.errors import UserError
from configs.files import sha256
from configs.paths import ROOT
from data import store
from models import architectures
from models.inference.predictor import RunPredictor
from models.runs import calibration, weights
from models.runs.run import Run
from tests.facts import mentions
from train import calibrate
from train.evaluation import scoring, temperature


@pytest.mark.usefixtures("cache")
def test_the_logits_are_divided_and_the_labels_stay(run, data_dir):
    samples = store.open_split("camvid", "val", data_dir)
    images = [samples[index].image for index in range(len(samples))]
    before = [RunPredictor.load(run, "float32").network_scores(image)[0] for image in images]
    digest, weights = run.digest(), sha256(run.weights)

    found = calibrate.calibrate(run, data_dir)

    assert found.temperature != 1
    assert (found.fitted_on, found.tested_on) == (3, 2), "one of the six was trained on"
    assert run.digest() != digest
    assert sha256(run.weights) == weights
    after = [RunPredictor.load(run, "float32").network_scores(image)[0] for image in images]
    for one, other in zip(before, after, strict=True):
        sure = np.sort(one, axis=2)[..., -1] - np.sort(one, axis=2)[..., -2] > 1e-5
        np.testing.assert_array_equal(one.argmax(axis=2)[sure], other.argmax(axis=2)[sure])
        assert np.abs(one - other).max() > 0.01
    assert run.calibration == found
    assert found.after < found.before

    again = calibrate.calibrate(run, data_dir)
    assert again == found, "it is fitted to the weights, not to what was found before"


@pytest.fixture
def pets_run(tmp_path) -> Run:
    """Draw bright pets on much background, and return an untrained run that finds too little background."""
    random, names = np.random.default_rng(5), [f"{breed}_{number}" for breed in "ab" for number in range(3)]
    folder = tmp_path / "data" / "oxford_iiit_pet"
    for part in ("images", "annotations/trimaps"):
        (folder / part).mkdir(parents=True)
    for name in names:
        trimap = np.full((32, 48), 2, np.uint8)
        trimap[8:14, 10:18], trimap[8:14, 18:20] = 1, 3
        image = random.integers(0, 90, (32, 48, 3)) + 160 * (trimap == 1)[..., None]
        Image.fromarray(image.astype(np.uint8)).save(folder / "images" / f"{name}.jpg")
        Image.fromarray(trimap).save(folder / "annotations" / "trimaps" / f"{name}.png")
    for listed in ("trainval", "test"):
        (folder / "annotations" / f"{listed}.txt").write_text("".join(f"{name} 1 1 1\n" for name in names))
    overrides = ["data.image_size=[32, 48]", "model.filters=[8, 16]", "train.small_start=null"]
    experiment = schema.load(ROOT / "configs" / "pets_unet.yaml", overrides)
    run = Run(tmp_path / "run", published=False)
    run.path.mkdir()
    (run.path / "config.yaml").write_text(schema.dump(experiment))
    (run.path / "train_images.txt").write_text("")
    network = architectures.build(experiment, 3)
    last = next(layer for layer in reversed(network.layers) if layer.weights)
    kernel, bias = last.get_weights()
    last.set_weights([kernel, bias - np.array([0, 1, 0], np.float32)])
    weights.save(network, run.weights)
    return run


@pytest.mark.usefixtures("cache")
def test_an_offset_of_the_background_makes_the_miou_higher_as_the_scores_say(pets_run, tmp_path):
    data = tmp_path / "data"
    before = scoring.score_model(pets_run, data, "val")
    found = calibrate.calibrate(pets_run, data, background=True)
    assert found.offsets.keys() == {"background"}
    assert found.offsets["background"] > 0
    assert found.miou_before is not None
    assert found.miou_after is not None
    assert found.miou_after > found.miou_before
    assert pets_run.calibration == found
    after = scoring.score_model(pets_run, data, "val")
    assert before.miou is not None
    assert after.miou is not None
    assert after.miou > before.miou
    assert after.weights != before.weights
    again = calibrate.calibrate(pets_run, data)
    assert not again.offsets, "only if asked for"


@pytest.mark.usefixtures("cache")
def test_the_command_tells_what_it_did(pets_run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["calibrate", str(pets_run.path), "--background", "--data-dir", f"{tmp_path}/data"]
    )
    assert calibrate.main() == 0
    found = pets_run.calibration
    assert found is not None
    told = (f"{found.offsets['background']:+.1f}", f"{found.miou_after:.4f}", f"{found.after:.4f}", "train.evaluate")
    assert mentions(capsys.readouterr().out, *told)


@pytest.mark.usefixtures("cache")
def test_the_command_tells_that_an_earlier_calibration_is_removed(run, data_dir, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["calibrate", str(run.path), "--data-dir", str(data_dir)])
    monkeypatch.setattr(temperature, "fit", lambda *_: 0.25)  # worse
    assert calibrate.main() == 0
    assert not mentions(capsys.readouterr().out, "train.evaluate"), "nothing has changed"
    found = calibrate.calibrate(run, data_dir)
    calibration.write(run.path, found.model_copy(update={"temperature": 2.0}))
    assert calibrate.main() == 0
    assert mentions(capsys.readouterr().out, "removed", "train.evaluate")


def test_a_background_that_is_void_has_no_offset(run, data_dir, monkeypatch):
    names = tuple("background" if name == "void" else name for name in run.label_space.names)
    space = dataclasses.replace(run.label_space, names=names)
    monkeypatch.setattr(Run, "label_space", property(lambda _: space))
    with pytest.raises(UserError, match=r"--background.*background"):
        calibrate.calibrate(run, data_dir, background=True)


def test_a_dataset_without_a_background_has_no_offset(run, data_dir):
    with pytest.raises(UserError, match=r"--background.*CamVid.*background"):
        calibrate.calibrate(run, data_dir, background=True)


def test_published_and_untrained_runs_are_refused(run, data_dir):
    with pytest.raises(UserError, match=f"{run.name} is published"):
        calibrate.calibrate(dataclasses.replace(run, published=True), data_dir)
    run.weights.unlink()
    with pytest.raises(UserError, match=str(run.path)):
        calibrate.calibrate(run, data_dir)


@pytest.mark.usefixtures("cache")
def test_a_temperature_that_does_not_help_changes_nothing(run, data_dir, monkeypatch):
    digest = run.digest()
    monkeypatch.setattr(temperature, "fit", lambda *_: 0.25)  # far more confident, so worse
    found = calibrate.calibrate(run, data_dir)
    assert (found.temperature, found.before) == (1, found.after)
    calibration.write(run.path, found.model_copy(update={"temperature": 2.0}))
    calibrate.calibrate(run, data_dir)  # what an earlier call has found does not stay
    assert run.digest() == digest
    assert not (run.path / "calibration.json").exists()
