"""Finds published runs in ``models/zoo`` and local runs."""

from pathlib import Path

from configs import paths
from configs.errors import UserError
from data import datasets
from models.runs.run import Run


def runs() -> list[Run]:
    """List the valid runs: the published ones, then the local ones, each sorted by name."""
    return [run for run in _candidates() if _fault(run) is None]


def invalid_runs() -> list[tuple[Path, str]]:
    """List the folders among the runs that are not valid runs, each with the reason."""
    return [(run.path, fault) for run in _candidates() if (fault := _fault(run)) is not None]


def find(name_or_path: str) -> Run:
    """Find a run by its name, published runs first, or by the path of its folder.

    Raises:
        UserError: If there is no such run, naming the known ones, or its folder is not a valid run, with the reason.
    """
    for run in _candidates():
        if run.name == name_or_path:
            return _checked(run)
    path = Path(name_or_path)
    # A single word is probably a name, so a folder of that name is only used if it contains a run.
    if path.is_dir() and (path.name != name_or_path or (path / "config.yaml").exists()):
        path = path.resolve()
        return _checked(Run(path, published=path.parent == paths.zoo_dir().resolve()))
    missing = f"there is no model {name_or_path!r}"
    known = ", ".join(dict.fromkeys(run.name for run in runs()))
    if known:
        raise UserError(f"{missing}; give the folder of a run or one of these names: {known}")
    raise UserError(f"{missing} and none has been published or trained yet; give the folder of a run")


def _candidates() -> list[Run]:
    """List every folder that should be a run; hidden folders are temporary."""
    return [
        Run(path, published)
        for folder, published in [(paths.zoo_dir(), True), (paths.runs_dir(), False)]
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith((".", "__"))
    ]


def _fault(run: Run) -> str | None:
    """Return why a folder is not a valid run, or None if it is one. A local run may still lack weights."""
    if not (run.path / "config.yaml").is_file():
        return f"{run.path} is not a run: it has no config.yaml"
    try:
        dataset = run.experiment.data.dataset
    except UserError as error:
        return str(error)
    if dataset not in datasets.names():
        known = ", ".join(datasets.names())
        return f"{run.path / 'config.yaml'}: data.dataset: must be one of {known}, not {dataset!r}"
    if run.published and not run.weights.is_file():
        return f"{run.path} is not a published run: it has no {run.weights.name}"
    return None


def _checked(run: Run) -> Run:
    """Return ``run``. Raises ``UserError`` if it is not valid."""
    if fault := _fault(run):
        raise UserError(fault)
    return run
