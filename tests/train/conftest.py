"""A tiny CamVid, an experiment on it that takes seconds, the command line of training, and a finished run."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from configs import command_line, schema
from configs.files import sha256
from configs.paths import ROOT
from configs.schema import Experiment
from data.datasets.camvid import LABEL_SPACE
from models.metrics.counts import count as count_image
from models.runs.evaluation import Evaluation, Images
from models.runs.run import HISTORY_COLUMNS, Run
from tests.train.published import published_run  # noqa: F401 - fixture
from tests.train.scored_run import copied_run, known_streets, run_on_streets, scores_on_streets  # noqa: F401 - fixtures
from train import run_folder
from train.evaluation import report, scoring

STREETS = {"train": 7, "val": 3}
"""Pictures of each split: with batches of two, one is left over in every epoch."""

TINY = yaml.safe_load("""
name: tiny
data:
  dataset: camvid
  image_size: [32, 32]
  resize: letterbox
  input_range: [-1, 1]
  limit: null
  augment: {flip: 0.5, scale: [0.8, 1.4], aspect: 0.1, rotation: 8,
            brightness: 0.1, contrast: 0.1, saturation: 0.1, hue: 0.02,
            gamma: 0.2, blur: 0.5, copy_paste: null}
model:
  architecture: unet
  filters: [4, 8]
  initializer: he_normal
  dropout: 0.3
  dropout_at: pools_and_concatenations
  head_filters: null
train:
  epochs: 6
  small_start: {part: 0.17, image_size: [16, 16], scale: null}
  batch_size: 2
  seed: 1
  learning_rate: 0.02
  weight_decay: 0.01
  gradient_clip: 1.0
  schedule: {kind: plateau, warmup_epochs: 0.5, factor: 0.5, patience: 1}
  loss: {cross_entropy: 1.0, dice: 0.5, lovasz: 0.5, focal_gamma: 1.0, label_smoothing: 0.05, class_weight_power: 0.25}
  weight_average: 0.9
  repeat_threshold: null
  early_stopping: null
  keep: best
  precision: auto
  initial_weights: null
  encoder: null
evaluate:
  split: val
  subsets: {ground: [road, pavement]}
  smallest_object: 0.001
""")


def draw_streets(folder: Path) -> None:
    """Draw streets of random blocks, each in the colour of its class and with some noise; some are void."""
    random = np.random.default_rng(0)
    for split, count in STREETS.items():
        for index in range(count):
            mask = np.kron(random.choice(len(LABEL_SPACE), (4, 5)), np.ones((10, 10))).astype(np.uint8)
            image = LABEL_SPACE.palette()[mask] + random.normal(0, 8, (*mask.shape, 3))
            for part, array in ((split, image.clip(0, 255).astype(np.uint8)), (f"{split}annot", mask)):
                (folder / part).mkdir(parents=True, exist_ok=True)
                Image.fromarray(array).save(folder / part / f"street{index}.png")


@pytest.fixture(scope="session")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with the tiny CamVid; no test changes it."""
    folder = tmp_path_factory.mktemp("streets")
    draw_streets(folder / "CamVid")
    return folder


@pytest.fixture(scope="session")
def tiny() -> Callable[..., Experiment]:
    """Return a function that gives the tiny experiment, with values overridden as by ``--set``."""
    return lambda *overrides: schema.parse(yaml.safe_dump(TINY), "tiny", overrides)


class Training:
    """Starts ``python -m train`` as a user would, in a process of its own.

    Attributes:
        folder: Where the configs are written.
        data_dir: The data folder.
    """

    def __init__(self, folder: Path, data_dir: Path, cache: Path) -> None:
        self.folder = folder
        self.data_dir = data_dir
        self.environment = os.environ | {"SEGDECK_CACHE": str(cache)}

    def run(
        self,
        experiment: Experiment,
        run_dir: Path,
        *arguments: object,
        program: Sequence[object] = ("-m", "train"),
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """Write the config and train it to the end; ``program`` are the arguments of Python."""
        return self._wait(self._command(experiment, run_dir, *arguments, program=program), environment)

    def start(
        self, experiment: Experiment, run_dir: Path, *arguments: object, program: Sequence[object] = ("-m", "train")
    ) -> subprocess.Popen[str]:
        """Start what ``run`` waits for."""
        command = self._command(experiment, run_dir, *arguments, program=program)
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=pipe, stderr=pipe, text=True)

    def _command(
        self, experiment: Experiment, run_dir: Path, *arguments: object, program: Sequence[object]
    ) -> list[str]:
        config = self.folder / f"{run_dir.name}.yaml"
        config.write_text(schema.dump(experiment))
        options = ["--data-dir", self.data_dir, "--run-dir", run_dir, *arguments]
        return [sys.executable, *map(str, [*program, config, *options])]

    def script(self, text: str, *arguments: object, **environment: str) -> None:
        """Run a Python script to its end; it must succeed."""
        result = self._wait([sys.executable, "-c", text, *map(str, arguments)], environment)
        assert result.returncode == 0, result.stderr

    def _wait(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cache folder for the built tiny CamVid."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory, streets: Path, cache: Path) -> Training:
    """Return the launcher of trainings on the tiny CamVid."""
    return Training(tmp_path_factory.mktemp("configs"), streets, cache)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Run:
    """Return a finished run with all files of training and evaluation, of a small network."""
    from models import architectures
    from models.runs import weights

    experiment = schema.load(
        ROOT / "configs" / "pets_unet.yaml",
        ["name=first", "data.image_size=[32, 48]", "model.filters=[8, 16]", "train.small_start=null"],
    )
    folder = run_folder.RunFolder.create(tmp_path_factory.mktemp("runs") / "first_try", experiment)
    run = Run(folder.path, published=False)
    weights.save(architectures.build(experiment, 3), run.weights)
    folder.write_train_images(("ab" * 32, "cd" * 32))
    row = dict.fromkeys(HISTORY_COLUMNS, 0.5)
    folder.write_history([row | {"epoch": 1, "val_miou": 0.3}, row | {"epoch": 2, "val_miou": 0.4}])
    folder.write_status("finished", "done")
    truth, predicted = np.random.default_rng(0).integers(0, 2, (2, 20, 30), np.uint8)
    counts = count_image(truth, predicted, np.full((20, 30), 0.5, np.float32), run.label_space)
    scores = report.split_scores(
        counts,
        run.label_space,
        {},
        images=Images(count=1, digest="ef" * 32, left_out=0),
        per_image=[],
        detection=None,
    )
    scores = scores.model_copy(update={"weights": sha256(run.weights), "engine": "OpenVINO"})
    scoring.write(run.path / "evaluation.json", Evaluation(splits={"val": scores}))
    write_preview(run, run.previews / "sample_cat" / "0001.png")
    (run.path / "checkpoints").mkdir()
    (run.path / "checkpoints" / "last.npz").touch()
    (run.path / "logs").mkdir()
    return run


@pytest.fixture
def here(
    tmp_path: Path, streets: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, clean_keras: None
) -> Callable[..., Path]:
    """Return a function that trains an experiment here and returns the run's folder."""
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))

    def train(experiment: Experiment, name: str = "run", encoder_weights: Path | None = None) -> Path:
        from train.trainer import Trainer

        folder = run_folder.RunFolder.create(tmp_path / name, experiment)
        Trainer(experiment, folder, streets, encoder_weights, resume=False).run()
        return folder.path

    return train


@pytest.fixture
def call(
    streets: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean_keras: None
) -> Callable[..., int | str | None]:
    """Return a function that calls the command line of training here and returns its exit code."""
    from train import __main__ as program

    monkeypatch.setenv("SEGDECK_CACHE", str(cache))

    def call(experiment: Experiment, run_dir: Path, *arguments: object) -> int | str | None:
        config = tmp_path / "tiny.yaml"
        config.write_text(schema.dump(experiment))
        options = [config, "--data-dir", streets, "--run-dir", run_dir, *arguments]
        monkeypatch.setattr(sys, "argv", ["train", *map(str, options)])
        with pytest.raises(SystemExit) as stop:
            command_line.run(program.main)
        return stop.value.code

    return call


@pytest.fixture
def clean_keras() -> Iterator[None]:
    """Leave Keras's dtype policy, which training sets, as it was."""
    yield
    if "keras" in sys.modules:
        import keras

        keras.config.set_dtype_policy("float32")


def write_preview(run: Run, path: Path, mode: str = "P", largest: int = 2, own_palette: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8) % (largest + 1))
    if mode == "P":
        image.putpalette(run.label_space.palette().tobytes() if own_palette else bytes(range(256)) * 3)
    image.convert(mode).save(path)
