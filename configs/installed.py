"""Says what to install where a part of SegDeck that does not come with ``make run`` is asked for."""

import importlib
import importlib.util

from configs.errors import UserError

HOW = "`make install` installs it"


def is_installed(module: str) -> bool:
    """Return whether a module can be imported, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # it is kept from being imported
        return False


def demand(module: str, task: str) -> None:
    """Raise ``UserError`` if ``module`` can't be imported, saying that ``task`` needs it and how to install it."""
    if not is_installed(module):
        raise UserError(f"{task} needs {module}, which is not installed here; {HOW}")
