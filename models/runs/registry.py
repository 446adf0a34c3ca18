"""Finds runs: the published ones in ``models/zoo``, then the local ones."""

from configs import paths
from pathlib import Path

from configs.errors import UserError
from data import datasets
from models.runs.run import Run

def runs() -> list[Run]:
    """List the published runs, then the local ones, each by name; folders that are no sound run are left out."""
    return [run for run in _candidates() if _fault(run) is None]


def broken() -> list[tuple[Path, str]]:
    """List the folders among the runs that are left out, each with the reason."""
    return [(run.path, fault) for run in _candidates() if (fault := _fault(run)) is not None]


def find(name_or_path: str) -> Run:
    """Find a run by its name, published before local, or by the path of its folder.

    Raises:
        UserError: If there is no such run, naming those there are; or if its folder is no sound run, saying why.
    """
    for run in _candidates():
        if run.name == name_or_path:
            return _sound(run)
    path = Path(name_or_path)
    # A single word is a name; a folder that happens to be called so must hold a run, or the list of names helps more.
    if path.is_dir() and (path.name != name_or_path or (path / "config.yaml").exists()):
        path = path.resolve()
        return _sound(Run(path, published=path.parent == paths.zoo_dir().resolve()))
    known = ", ".join(dict.fromkeys(run.name for run in runs()))
    raise UserError(
        f"there is no model {name_or_path!r}; give the folder of a run or one of these names: {known}"
        if known
        else f"there is no model {name_or_path!r} and none has been published or trained yet; give the folder of a run"
    )


def _candidates() -> list[Run]:
    """List every folder that should be a run; hidden ones are temporary."""
    return [
        Run(path, published)
        for folder, published in [(paths.zoo_dir(), True), (paths.runs_dir(), False)]
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith((".", "__"))
    ]


def _fault(run: Run) -> str | None:
    """Return why a folder is no sound run, or None if it is one. A run without weights yet is sound."""
    if not (run.path / "config.yaml").is_file():
        return f"{run.path} is no run: it has no config.yaml"
    try:
        dataset = run.experiment.data.dataset
    except UserError as error:
        return str(error)
    if dataset not in datasets.names():
        return (
            f"{run.path / 'config.yaml'}: data.dataset: must be one of {', '.join(datasets.names())}, not {dataset!r}"
        )
    if run.published and not run.weights.is_file():
        return f"{run.path} is no published run: it has no {run.weights.name}"
    return None


def _sound(run: Run) -> Run:
    """Return ``run``, or raise a ``UserError`` that says what is wrong with it."""
    if fault := _fault(run):
        raise UserError(fault)
    return run
