"""The names under which the pages offer models."""

from collections.abc import Iterable
from typing import TypeVar

from models.runs.model import Model

AnyModel = TypeVar("AnyModel", bound=Model)


def runs_by_name(models: Iterable[AnyModel]) -> dict[str, AnyModel]:
    """Return models by name; if a published and a local one have the same name, "(local)" is added to the second."""
    by_name: dict[str, AnyModel] = {}
    for model in models:
        by_name[model.name if model.name not in by_name else f"{model.name} (local)"] = model
    return by_name
