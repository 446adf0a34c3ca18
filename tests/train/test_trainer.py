"""The trainer, in the tests' own process."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from configs.errors import UserError
from data import store
from tests.facts import mentions
from tests.train.outcomes import SHORT, TIMES, arrays, assert_same_arrays, history
from train import checkpoints
from train.run_folder import RunFolder
from train.trainer import Phase, Trainer


@pytest.mark.slow
def test_the_seed_determines_everything(here, tiny):
    runs = [here(tiny(*SHORT, f"train.seed={seed}"), name) for seed, name in [(1, "a"), (1, "b"), (2, "c")]]
    same, again, other = (arrays(path / "model.weights.h5") for path in runs)
    assert all((same[name] == again[name]).all() for name in same)
    assert any((same[name] != other[name]).any() for name in same)
    pd.testing.assert_frame_equal(
        history(runs[0]).drop(columns=TIMES), history(runs[1]).drop(columns=TIMES), check_exact=True
    )


@pytest.mark.usefixtures("cache", "clean_keras")
@pytest.mark.parametrize(("rare", "expected"), [("void", 1.0), ("car", 7**0.5)])
def test_only_pictures_of_rare_scored_classes_come_more_often(tiny, streets, tmp_path, monkeypatch, rare, expected):
    def class_pixels(samples):
        pixels = np.ones((len(samples), len(samples.label_space)), np.int64)
        pixels[1:, samples.label_space.names.index(rare)] = 0
        return pixels

    monkeypatch.setattr(store.Samples, "class_pixels", class_pixels)
    experiment = tiny("train.repeat_threshold=1.0")
    folder = RunFolder.create(tmp_path / "run", experiment)
    trainer = Trainer(experiment, folder, streets, None, resume=False)
    assert trainer.factors is not None
    np.testing.assert_allclose(trainer.factors, [expected, *[1.0] * (len(trainer.training) - 1)])


@pytest.mark.parametrize(("zoom", "expected"), [("[1.5, 2.4]", (1.5, 2.4)), ("null", (0.8, 1.4))])
def test_the_epochs_at_a_smaller_size_have_their_own_zoom(tiny, zoom, expected):
    experiment = tiny(f"train.small_start={{part: 0.5, image_size: [16, 24], scale: {zoom}}}")
    first, last = (Phase.of(experiment, epoch).data for epoch in (3, 4))
    assert (first.image_size, first.augment.scale) == ((16, 24), expected)
    assert first.augment.model_copy(update={"scale": last.augment.scale}) == last.augment
    assert last == experiment.data


def test_it_stops_early_without_improvement(here, tiny, capsys):
    overrides = [
        *SHORT,
        "train.epochs=9",
        "train.early_stopping=2",
        "train.learning_rate=1e-12",
        "train.weight_average=0.0",
    ]
    path = here(tiny(*overrides))
    assert len(history(path)) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("val mIoU ")
    assert " 2 epochs" in lines[-1]
    assert lines[-1].endswith("best in epoch 1")


@pytest.mark.slow
def test_the_encoder_is_unfrozen_and_a_kill_in_between_changes_nothing(
    here, tiny, shared_weights, streets, tmp_path, monkeypatch
):
    """The state after the first epoch, the only frozen one, is put aside as a kill would leave it, and resumed."""
    import keras

    kept: list[Path] = []
    save = checkpoints.save

    def save_and_keep(path: Path, *arguments: Any) -> None:
        save(path, *arguments)
        kept.append(tmp_path / f"after{len(kept) + 1}")
        shutil.copytree(path.parents[1], kept[-1])

    monkeypatch.setattr(checkpoints, "save", save_and_keep)
    monkeypatch.setattr("train.previews.choose", lambda *_: [])  # none of these pictures is looked at
    model = "model={architecture: mobilenetv2_pix2pix, upsampling_filters: [4, 4, 4, 4], dropout: 0.3}"
    encoder = "train.encoder={frozen_epochs: 1, learning_rate_factor: 0.5}"
    settings = [*SHORT, "data.image_size=[32, 32]", "train.precision=float32"]
    experiment = tiny(*settings, model, encoder, "train.loss.lovasz=0")
    path = here(experiment, "whole", shared_weights)

    assert history(path)["epoch"].tolist() == [1, 2]
    folder, own = RunFolder.reopen(kept[0], experiment)
    monkeypatch.setattr(checkpoints, "save", save)
    resumed = Trainer(own, folder, streets, None, resume=True)
    frozen = encoder_weights(resumed)
    imagenet = keras.applications.MobileNetV2(input_shape=(32, 32, 3), include_top=False, weights=None)
    imagenet.load_weights(shared_weights)
    for name, values in frozen.items():
        for one, other in zip(values, imagenet.get_layer(name).get_weights(), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)
    resumed.run()
    for name in ("model.weights.h5", "checkpoints/best.weights.h5"):
        assert_same_arrays(path / name, kept[0] / name)
    thawed = encoder_weights(resumed)
    assert all((frozen[name][0] != thawed[name][0]).any() for name in frozen), "some layer was not trained"


def encoder_weights(trainer: Trainer) -> dict[str, list[np.ndarray]]:
    layers = trainer.model.get_layer("encoder").layers
    return {layer.name: layer.get_weights() for layer in layers if layer.weights}


def test_the_advice_after_a_later_divergence_works(here, tiny, streets, tmp_path):
    """The run itself can't be resumed with another learning rate; a new one starts from its best epoch."""
    folder = RunFolder.create(tmp_path / "run", tiny(*SHORT, "train.precision=float32"))
    trainer = Trainer(tiny(*SHORT, "train.precision=float32"), folder, streets, None, resume=False)
    trainer._epoch(1)
    trainer.model.set_weights([np.full_like(array, np.nan) for array in trainer.model.get_weights()])
    with pytest.raises(UserError) as error:
        trainer._epoch(2)
    (start,) = re.findall(r"train[.]initial_weights=\S+", str(error.value))
    assert mentions(str(error.value), "epoch 2", "train.learning_rate", "train.gradient_clip", "new run")
    path = here(tiny(*SHORT, "train.learning_rate=0.001", start), "again")
    assert np.isfinite(history(path)["loss"]).all()


@pytest.mark.parametrize(("keep", "epoch"), [("best", 1), ("last", 2)])
def test_the_weights_of_the_best_or_of_the_last_epoch_are_kept(here, tiny, monkeypatch, keep, epoch):
    validate, weights = Trainer._validate, []

    def worse_each_time(trainer):
        weights.append(np.concatenate([value.ravel() for value in trainer.model.get_weights()]))
        return validate(trainer) | {"miou": 0.5 / len(weights)}

    monkeypatch.setattr(Trainer, "_validate", worse_each_time)
    path = here(tiny(*SHORT, "train.epochs=2", f"train.keep={keep}"))
    stored = np.concatenate([value.ravel() for value in arrays(path / "model.weights.h5").values()])
    assert not np.allclose(weights[0].sum(), weights[1].sum(), atol=1e-2)
    np.testing.assert_allclose(stored.sum(), weights[epoch - 1].sum(), atol=5e-3)
