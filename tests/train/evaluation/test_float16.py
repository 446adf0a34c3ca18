import re
import shutil
from pathlib import Path

import pytest

from configs import schema
from configs.errors import UserError
from data import store
from models.runs.run import Run
from train.evaluation import class_statistics, float16, scoring


@pytest.fixture(scope="module")
def trained(tmp_path_factory, streets, cache, tiny) -> Run:
    """Return a run with the weights that training leaves: the exact ones with an optimizer, and those to publish."""
    import keras

    from models import architectures
    from models.runs import weights

    experiment = tiny("train.small_start=null")
    folder = tmp_path_factory.mktemp("runs") / "streets"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.yaml").write_text(schema.dump(experiment))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGDECK_CACHE", str(cache))
        hashes = store.open_split("camvid", "train", streets).hashes
    (folder / "train_images.txt").write_text("\n".join(hashes))
    keras.utils.set_random_seed(3)
    run = Run(folder, published=False)
    model = architectures.build(experiment, len(run.label_space))
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    model.save_weights(folder / "checkpoints" / "best.weights.h5")
    weights.save(model, run.weights)
    return run


@pytest.fixture(autouse=True)
def own_cache(cache, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))


@pytest.mark.slow
def test_the_loss_is_that_of_the_exact_weights(trained, streets):
    exact = scoring.float16_loss_of(trained, 0.0, streets, "val")
    assert exact is not None
    assert 0 < exact < 1
    assert scoring.float16_loss_of(trained, 0.1, streets, "val") == pytest.approx(exact - 0.1)
    assert scoring.float16_loss_of(trained, None, streets, "val") is None


def test_the_exact_weights_must_match_the_stored_ones(trained, tmp_path):
    copy = float16.exact_run(trained, tmp_path / "exact")
    assert copy.weights.read_bytes() == (trained.path / "checkpoints" / "best.weights.h5").read_bytes()
    assert copy.experiment == trained.experiment
    best = trained.path / "checkpoints" / "best.weights.h5"
    content = best.read_bytes()
    try:
        spoil(best)
        with pytest.raises(UserError, match=r"best\.weights\.h5.* model\.weights\.h5"):
            float16.exact_run(trained, tmp_path / "other")
        best.unlink()
        with pytest.raises(UserError, match=rf"^{re.escape(str(best))} is missing"):
            float16.exact_run(trained, tmp_path / "none")
    finally:
        best.write_bytes(content)


def spoil(path: Path) -> None:
    import h5py

    with h5py.File(path, "r+") as file:
        kernel = file["layers/conv2d/vars/0"]
        kernel[0, 0, 0, 0] += 0.25


@pytest.mark.slow
def test_an_evaluation_keeps_what_takes_long_to_measure(trained, streets, tmp_path):
    run = Run(shutil.copytree(trained.path, tmp_path / "streets"), published=False)
    first = scoring.evaluate_run(run, streets, "val", float16_loss=True).splits["val"]
    assert first.float16_loss == scoring.float16_loss_of(run, first.miou, streets, "val")
    assert first.training == class_statistics.count(run, streets)
    again = scoring.evaluate_run(run, streets, "val").splits["val"]
    assert again.float16_loss == first.float16_loss
    shutil.copyfile(run.path / "checkpoints" / "best.weights.h5", run.weights)
    assert scoring.evaluate_run(run, streets, "val").splits["val"].float16_loss is None, "these are other weights"
