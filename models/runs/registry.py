"""Finds models: published runs in ``models/zoo``, and among the local folders runs and models that came as files."""

from pathlib import Path

from configs import paths
from configs.errors import UserError
from data import datasets
from models.added import description, stored
from models.added.model import AddedModel
from models.added.stored import StoredPredictions
from models.inference.formats import PRECISIONS, Precision
from models.runs.model import Model
from models.runs.run import BETWEEN, Run

KINDS: tuple[type[Model], ...] = (Run, AddedModel, StoredPredictions)
"""The classes of models."""


def models() -> list[Model]:
    """List the valid models: the published ones, then the local ones, each sorted by name.

    A run that has been quantised is followed by the same run in int8.
    """
    return [view for model in _candidates() if _fault(model) is None for view in (model, *_precisions(model))]


def runs() -> list[Run]:
    """List the valid runs: the models that were trained with SegDeck, in the order of ``models``, each once."""
    return [model for model in models() if isinstance(model, Run) and model.precision is None]


def invalid_models() -> list[tuple[Path, str]]:
    """List the folders among the models that are not valid ones, each with the reason."""
    return [(model.path, fault) for model in _candidates() if (fault := _fault(model)) is not None]


def find(name_or_path: str) -> Model:
    """Find a model by its name, published ones first, or by the path of its folder.

    A run followed by " · " and a precision is the run computed in that.

    Raises:
        UserError: If there is no such model, naming the known ones, or its folder is not valid, with the reason.
    """
    for model in _candidates():
        if model.name == name_or_path:
            return _checked(model)
    path = Path(name_or_path)
    # A single word is probably a name, so a folder of that name is only used if it contains a model.
    contains_model = any((path / file).exists() for file in ("config.yaml", description.FILE, stored.FILE))
    if path.is_dir() and (path.name != name_or_path or contains_model):
        path = path.resolve()
        return _checked(_model(path, published=path.parent == paths.zoo_dir().resolve()))
    name, _, precision = name_or_path.rpartition(BETWEEN)
    if name and precision in PRECISIONS:
        return in_precision(find(name), precision)
    missing = f"there is no model {name_or_path!r}"
    known = ", ".join(dict.fromkeys(model.name for model in models()))
    if known:
        raise UserError(f"{missing}; give the folder of a run or one of these names: {known}")
    raise UserError(f"{missing} and none has been published or trained yet; give the folder of a run")


def find_run(name_or_path: str) -> Run:
    """Find a run as ``find`` does. Raises ``UserError`` also if the model was not trained with SegDeck."""
    model = find(name_or_path)
    if not isinstance(model, Run):
        raise UserError(f"{model.path} is a model that came as a file; this needs one that was trained with SegDeck")
    if model.precision is not None:
        raise UserError(f"{model.name} is {model.path.name} in another precision; give {model.path.name} itself here")
    return model


def in_precision(model: Model, precision: Precision) -> Run:
    """Return a run as the model that is always computed in a precision.

    Raises ``UserError`` if the model has a precision of its own, or has not been quantised for int8.
    """
    if not isinstance(model, Run):
        raise UserError(f"{model.name} came as a file, so it is computed as it was written; leave out {precision}")
    if model.precision not in (None, precision):
        raise UserError(f"{model.name} is always computed in {model.precision}, not in {precision}")
    view = model.in_precision(precision)
    if precision == "int8" and not model.quantisation.is_file():
        raise UserError(f"{model.path.name} can't be computed in int8: {view.missing_quantisation_reason()}")
    return view


def _precisions(model: Model) -> list[Model]:
    """Return a run once more for each precision that it is offered in besides its usual one."""
    return [view] if isinstance(model, Run) and (view := model.in_precision("int8")).is_ready else []


def _candidates() -> list[Model]:
    """List every folder that should be a model; hidden folders are temporary."""
    return [
        _model(path, published)
        for folder, published in [(paths.zoo_dir(), True), (paths.runs_dir(), False)]
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith((".", "__"))
    ]


def _model(path: Path, published: bool) -> Model:
    if not published and not (path / "config.yaml").is_file():
        if (path / description.FILE).is_file():
            return AddedModel(path)
        if (path / stored.FILE).is_file():
            return StoredPredictions(path)
    return Run(path, published)


def _fault(model: Model) -> str | None:
    """Return why a folder is not a valid model, or None if it is one. A local run may still lack weights."""
    if not paths.usable(model.name):
        return (
            f"{paths.shown(model.path)}: the folder's name can't be used for a model; rename it without commas, spaces "
            "at its ends and characters that can't be printed"
        )
    if isinstance(model, AddedModel | StoredPredictions):
        return model.fault()
    assert isinstance(model, Run)
    if not (model.path / "config.yaml").is_file():
        return f"{model.path} is not a run: it has no config.yaml"
    try:
        dataset = model.experiment.data.dataset
    except UserError as error:
        return str(error)
    if dataset not in datasets.names():
        known = ", ".join(datasets.names())
        return f"{model.path / 'config.yaml'}: data.dataset: must be one of {known}, not {dataset!r}"
    if model.published and not model.weights.is_file():
        return f"{model.path} is not a published run: it has no {model.weights.name}"
    return None


def _checked(model: Model) -> Model:
    """Return ``model``. Raises ``UserError`` if it is not valid."""
    if fault := _fault(model):
        raise UserError(fault)
    return model
