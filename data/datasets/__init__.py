"""The datasets: each module in this folder defines one as ``DATASET``; users add others, which are found here too."""

import importlib
import pkgutil
from pathlib import Path

from configs.errors import UserError
from data.added import discovery
from data.dataset import Dataset


def names() -> tuple[str, ...]:
    """Return the names of all datasets: the built-in ones, then those that were added, each sorted."""
    return (*built_in(), *sorted(_added()))


def built_in() -> tuple[str, ...]:
    """Return the names of the datasets that are defined in this folder, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))


def invalid() -> list[tuple[Path, str]]:
    """List the descriptions of added datasets that are not valid, each with the reason."""
    return [(path, entry) for path, entry in discovery.found(built_in()).items() if isinstance(entry, str)]


def get(name: str) -> Dataset:
    """Return the dataset called ``name``.

    Raises ``UserError`` if there is none, listing the known ones, or if its description is not valid, with the reason.
    """
    if name in built_in():
        dataset = importlib.import_module(f"{__name__}.{name}").DATASET
        assert isinstance(dataset, Dataset)  # a mistake in the module, not the user's
        return dataset
    if name in (added := _added()):
        return added[name]
    for path, reason in invalid():
        if path.parent.name == name:
            raise UserError(reason)
    raise UserError(f"there is no dataset {name!r}; known are {', '.join(names())}")


def _added() -> dict[str, Dataset]:
    entries = discovery.found(built_in()).values()
    return {entry.name: entry for entry in entries if isinstance(entry, Dataset)}
