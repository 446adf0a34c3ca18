"""The formats of logs: each module in this folder defines one as ``FORMAT`` and is found by its file name.

A format recognises a file by its content, since ``metrics.csv`` or ``results.csv`` may come from any program. At most
one format recognises a file; a table that none of them knows is read by ``pages.training.logs.any_table``.
"""

import importlib
import pkgutil

from pages.training.logs.log_format import Format


def formats() -> tuple[Format, ...]:
    """Return all formats, in the order of their module names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").FORMAT for name in names)
