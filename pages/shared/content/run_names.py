"""The runs by the names under which the pages offer them."""

from collections.abc import Iterable

from models.runs.run import Run


def named(runs: Iterable[Run]) -> dict[str, Run]:
    """Return runs by name; of a published and a local one of the same name, the second is called so."""
    found: dict[str, Run] = {}
    for run in runs:
        found[run.name if run.name not in found else f"{run.name} (local)"] = run
    return found
