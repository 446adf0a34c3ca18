"""Says what to install where something is asked for that ``make run`` does not install."""

import importlib
import importlib.util

from configs.errors import UserError

TRAINING = ("tensorboard", "tensorflow")
"""What training needs."""

AT_SCALE = ("jax", "ray")
"""What only ``requirements-scale.txt`` installs."""


def is_installed(module: str) -> bool:
    """Return whether a module can be imported, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # it is kept from being imported
        return False


def lacking(task: str, *modules: str) -> str:
    """Return which of the ``modules`` that ``task`` needs are missing and how to get them; "" if none is."""
    missing = [module.replace("_", "-") for module in modules if not is_installed(module)]
    if not missing:
        return ""
    them, are = ("it", "is") if len(missing) == 1 else ("them", "are")
    how = "`make install-scale` (requirements-scale.txt)" if set(missing) & set(AT_SCALE) else "`make install`"
    names = " and ".join([", ".join(missing[:-1]), missing[-1]] if missing[:-1] else missing)
    return f"{task} needs {names}, which {are} not installed here; {how} installs {them}"


def demand(task: str, *modules: str) -> None:
    """Raise ``UserError`` with what ``lacking`` says, unless everything is there."""
    if sentence := lacking(task, *modules):
        raise UserError(sentence)
