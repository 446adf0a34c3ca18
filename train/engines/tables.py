"""The benchmark's results as tables in Markdown: engines or limits as rows, models as columns."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from models.inference import benchmarks
from models.inference.formats import PRECISIONS

Results = Mapping[str, Mapping[str, Any]]
"""What was measured of each model, by its key, as the benchmark writes it to its JSON."""
ABSENT = "-"
KINDS = {"default": "default precision", "precision": "usual precision"}
"""What the precisions of each model are called, by their keys in the JSON."""


def latencies(results: Results, engines: Iterable[str]) -> str:
    """Return the median milliseconds of every engine."""
    cells = {engine: [_number(_median(one, engine), 1) for one in results.values()] for engine in engines}
    return _table("milliseconds, median", results, cells)


def gains(results: Results, engines: Iterable[str], kind: str) -> str:
    """Return how many times as fast as each engine the predictor is in each model's precision of a ``kind``.

    ``default`` is the precision with which pages begin, ``precision`` that of the model's name alone.
    """
    named = [one[kind] for one in results.values()]
    pairs = list(zip(results.values(), (benchmarks.ENGINES[name] for name in named), strict=True))
    cells = {
        engine: [_number(_ratio(_median(one, engine), _median(one, ours)), 2) for one, ours in pairs]
        for engine in engines
    }
    return _table(f"times as fast as, in the {KINDS[kind]}", results, {KINDS[kind]: named} | cells)


def limits(results: Results) -> str:
    """Return the least milliseconds in each precision, and which share of this speed the predictor reaches."""
    cells = {"10^9 multiplications": [_number(one["gmacs"], 2) for one in results.values()]}
    rows: list[tuple[str, Callable[[Mapping[str, float], float | None], str]]] = [
        ("least ms, {}", lambda least, _: _number(least["least"], 2)),
        ("of these for memory, {}", lambda least, _: _number(least["memory"], 2)),
        ("share of the limit reached, {}", lambda least, median: _percent(_ratio(least["least"], median))),
    ]
    for title, cell in rows:
        for precision in PRECISIONS:
            if any(precision in one["limits"] for one in results.values()):
                engine = benchmarks.ENGINES[precision]
                found = [cell(one["limits"][precision], _median(one, engine)) for one in results.values()]
                cells[title.format(precision)] = found
    return _table("limit", results, cells)


def _median(result: Mapping[str, Any], engine: str) -> float | None:
    found: float | None = result["milliseconds"].get(engine, {}).get("median")
    return found


def _ratio(numerator: float | None, denominator: float | None) -> float | None:
    return numerator / denominator if numerator is not None and denominator else None


def _number(value: float | None, decimals: int) -> str:
    return ABSENT if value is None else f"{value:,.{decimals}f}"


def _percent(share: float | None) -> str:
    return ABSENT if share is None else f"{share:.0%}"


def _table(title: str, results: Results, cells: Mapping[str, list[str]]) -> str:
    width = max(map(len, [title, *cells]))
    columns = [max(map(len, [name, *(row[index] for row in cells.values())])) for index, name in enumerate(results)]
    rows = [[f"{title:{width}}", *(f"{name:>{column}}" for name, column in zip(results, columns, strict=True))]]
    rows.append(["-" * width, *(f"{'-' * (column - 1)}:" for column in columns)])
    for label, row in cells.items():
        rows.append([f"{label:{width}}", *(f"{cell:>{column}}" for cell, column in zip(row, columns, strict=True))])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
