"""The names under which the pages offer models."""

from collections.abc import Iterable
from typing import TypeVar

from models.runs.model import Model

AnyModel = TypeVar("AnyModel", bound=Model)


def runs_by_name(models: Iterable[AnyModel]) -> dict[str, AnyModel]:
    """Return models by name; if a published and a local one have the same name, "(local)" is added to the second."""
    listed = list(models)
    own = {model.name for model in listed}
    by_name: dict[str, AnyModel] = {}
    for model in listed:
        name = model.name
        while name in by_name or (name != model.name and name in own):  # a folder may be called "NAME (local)"
            name += " (local)"
        by_name[name] = model
    return by_name
