"""The names under which the pages offer runs."""

from collections.abc import Iterable

from models.runs.run import Run


def runs_by_name(runs: Iterable[Run]) -> dict[str, Run]:
    """Return runs by name; if a published and a local run have the same name, "(local)" is added to the second."""
    by_name: dict[str, Run] = {}
    for run in runs:
        by_name[run.name if run.name not in by_name else f"{run.name} (local)"] = run
    return by_name
