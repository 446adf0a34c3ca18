"""The command lines that the pages name, to be typed in the project's folder."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from configs import paths
from data import datasets
from data.dataset import Dataset
from models.runs.model import Model
from models.runs.run import Run


def prepare(dataset: Dataset) -> str:
    """Return the command that downloads and prepares a dataset."""
    return f"python -m data.prepare {dataset.name}{_data_dir()}"


def add_dataset() -> str:
    """Return the command that adds a dataset from a folder."""
    return "python -m data.add FOLDER --name NAME"


def remove_dataset(dataset: Dataset) -> str:
    """Return the command that removes a dataset that was added."""
    return f"python -m data.remove {dataset.name}"


def train_config(config: Path) -> str:
    """Return the command that trains a config."""
    return f"python -m train {_typed(config)}{_data_dir()}"


def train(run: Run) -> str:
    """Return the command that trains a run's config again, in a new run."""
    return train_config(run.path / "config.yaml")


def resume(run: Run) -> str:
    """Return the command that resumes a training."""
    return f"{train(run)} --resume --run-dir {_typed(run.path)}"


def first_model() -> str:
    """Return the two commands that train a first model where the pages find it."""
    training = f"python -m train configs/pets_unet.yaml{_data_dir()} --run-dir {_typed(paths.runs_dir() / 'pets_unet')}"
    return f"{prepare(datasets.get('oxford_iiit_pet'))}\n{training}"


def evaluate(run: Model, split: str = "val", dataset: str = "", class_file: str = "") -> str:
    """Return the command that scores a model on a split of its dataset, or of another one if it is named.

    ``class_file`` says what its classes mean there.
    """
    options = f" --dataset {dataset}" if dataset and dataset != run.dataset.name else ""
    options += f" --split {split}" if split != "val" else ""
    options += f" --classes-map {shlex.quote(class_file)}" if class_file else ""
    return f"python -m train.evaluate {_model(run)}{_precision(run)}{_data_dir()}{options}"


def evaluate_arguments(run: Model, split: str, dataset: str, class_file: Path | None = None) -> list[str]:
    """Return the arguments for Python that score a model on a split of a dataset."""
    options: dict[str, object] = {"--data-dir": paths.data_dir().absolute(), "--dataset": dataset, "--split": split}
    if class_file is not None:
        options["--classes-map"] = class_file.absolute()
    if run.precision is not None:
        options["--precision"] = run.precision
    return ["-m", "train.evaluate", str(run.path.absolute()), *(str(part) for pair in options.items() for part in pair)]


def save_predictions(run: Model, split: str, dataset: str, class_file: str = "") -> str:
    """Return the command that scores a model and saves what it predicts; arguments as of ``evaluate``."""
    return f"{evaluate(run, split, dataset, class_file)} --save-predictions"


def save_predictions_arguments(run: Model, split: str, dataset: str) -> list[str]:
    """Return the arguments for Python that score a model on a split of a dataset and save what it predicts."""
    return [*evaluate_arguments(run, split, dataset), "--save-predictions"]


def report_arguments(runs: Sequence[Model], dataset: str, split: str, *, question: str, pictures: bool) -> list[str]:
    """Return the arguments for Python that write a report on models, without ``--output``."""
    options = ["--dataset", dataset, "--split", split, "--data-dir", str(paths.data_dir().absolute())]
    options += [f"--question={question}"] if question else []
    options += ["--pictures"] if pictures else []
    return ["-m", "train.report", *map(_argument, runs), *options]


def publish(run: Run) -> str:
    """Return the command that publishes a run."""
    return f"python -m train.publish {_typed(run.path)}"


def predict(run: Model) -> str:
    """Return the command that predicts label maps of pictures."""
    return f"python -m models.predict --model {_model(run)}{_precision(run)} --input PICTURES --output MASKS"


def clip_arguments(runs: Sequence[Model], clip: Path, folder: Path) -> list[str]:
    """Return the arguments for Python that predict a clip with models, into a folder."""
    options = [part for run in runs for part in ("--model", _argument(run))]
    return ["-m", "models.predict", *options, "--input", str(clip.absolute()), "--output", str(folder.absolute())]


def add_model() -> str:
    """Return the command that adds a model from a file."""
    return "python -m models.add FILE --name NAME"


def remove(model: Model) -> str:
    """Return the command that removes a model that came as a file."""
    return f"python -m models.remove {shlex.quote(model.name)}"


def _model(run: Model) -> str:
    return run.path.name if run.published else _typed(run.path)


def _argument(run: Model) -> str:
    """Return one argument that stands for a model where several are given, so its precision is part of it."""
    return run.name if run.published else str(run.path.absolute().with_name(run.name))


def _precision(run: Model) -> str:
    """Return the option that names a model's precision; empty if it is computed in the usual one."""
    return "" if run.precision is None else f" --precision {run.precision}"


def _data_dir() -> str:
    """Return the option that names the datasets' folder; empty if it is the default."""
    data_dir = paths.data_dir()
    return "" if data_dir.absolute() == paths.ROOT / "datasets" else f" --data-dir {shlex.quote(str(data_dir))}"


def _typed(path: Path) -> str:
    """Quote a path for the shell, relative to the project's folder if it is inside."""
    return shlex.quote(str(path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path))
