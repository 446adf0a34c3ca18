"""The datasets: each module in this folder defines one as ``DATASET``."""

import importlib
import pkgutil

from configs.errors import UserError
from data.dataset import Dataset


def names() -> tuple[str, ...]:
    """Return the names of all datasets, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")))


def get(name: str) -> Dataset:
    """Return the dataset called ``name``. Raises ``UserError``, listing the known ones, if there is none."""
    if name not in names():
        raise UserError(f"there is no dataset {name!r}; known are {', '.join(names())}")
    dataset = importlib.import_module(f"{__name__}.{name}").DATASET
    assert isinstance(dataset, Dataset)  # a mistake in the module, not the user's
    return dataset
