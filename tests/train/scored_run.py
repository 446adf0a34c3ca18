"""A run on a tiny CamVid whose every mask is known, and its scores."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from configs import files, schema
from configs.paths import ROOT
from data import datasets, store
from models.runs import registry
from models.runs.evaluation import SplitScores
from models.runs.run import Run
from train.evaluation import scoring

SIZES = [(48, 64), (64, 48), (31, 57), (40, 40), (1, 1)]
VOID = 11


@pytest.fixture(scope="module", name="data_dir")
def known_streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a CamVid of five small pictures in its own layout: one all void, one of a single pixel.

    A sixth is in both splits. The classes 9 and 10 never occur.
    """
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(0)

    def write(split: str, name: str, size: tuple[int, int], mask: NDArray[np.uint8]) -> None:
        for part, array in [(split, random.integers(0, 256, (*size, 3), np.uint8)), (f"{split}annot", mask)]:
            (folder / "CamVid" / part).mkdir(parents=True, exist_ok=True)
            Image.fromarray(array).save(folder / "CamVid" / part / f"{name}.png")

    for index, size in enumerate(SIZES):
        blocks = np.kron(random.choice([*range(9), VOID], (8, 8)), np.ones((8, 8))).astype(np.uint8)
        write(
            "val", f"street{index}", size, np.full(size, VOID, np.uint8) if index == 3 else blocks[: size[0], : size[1]]
        )
    for name in ("street8", "street9"):
        write("train", name, (24, 32), np.zeros((24, 32), np.uint8))
    for suffix in ("", "annot"):
        source = folder / "CamVid" / f"train{suffix}" / "street9.png"
        shutil.copyfile(source, folder / "CamVid" / f"val{suffix}" / "again.png")
    return folder


def make_run(folder: Path, dataset: str, train_images: str, *settings: str) -> Run:
    """Write a run with a small network whose random weights are large enough to predict many classes."""
    import keras

    from models import architectures
    from models.runs import weights

    experiment = schema.load(
        ROOT / "configs" / "pets_unet.yaml",
        [f"data.dataset={dataset}", "data.image_size=[32, 48]", "model.filters=[4, 8]", *settings],
    )
    folder.mkdir(parents=True)
    files.write_text(folder / "config.yaml", schema.dump(experiment))
    files.write_text(folder / "train_images.txt", train_images)
    keras.utils.set_random_seed(1)
    model = architectures.build(experiment, len(datasets.get(dataset).label_space))
    for variable in model.trainable_variables:
        variable.assign(variable * 2)
    weights.save(model, folder / "model.weights.h5")
    return registry.find_run(str(folder))


@pytest.fixture(scope="module", name="trained")
def run_on_streets(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Run:
    """Return a run on that data, which no test changes."""
    hashes = store.open_split("camvid", "train", data_dir).hashes
    return make_run(
        tmp_path_factory.mktemp("runs") / "streets",
        "camvid",
        "\n".join(hashes),
        "evaluate.subsets={ground: [road, pavement], people: [pedestrian, bicyclist], mixed: [road, pedestrian]}",
    )


@pytest.fixture(name="run")
def copied_run(trained: Run, tmp_path: Path) -> Run:
    """Return a copy of that run for one test."""
    shutil.copytree(trained.path, tmp_path / "streets")
    return Run(tmp_path / "streets", published=False)


@pytest.fixture(scope="module", name="result")
def scores_on_streets(trained: Run, data_dir: Path) -> SplitScores:
    """Return that run's scores on val."""
    return scoring.score_model(trained, data_dir, "val")


def read(path: Path) -> Any:
    """Read JSON strictly: ``NaN`` is none."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{path} has {word}")

    return json.loads(path.read_text(), parse_constant=refuse)
