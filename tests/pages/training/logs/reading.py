"""Read logs as an upload does."""

import json
import math

from pages.training import log_import


def read_one(name, content):
    """Return the curves of one file, which must have no problem."""
    (curves,) = read_all([(name, content)])
    return curves


def read_all(files):
    """Return the curves of files that have no problem."""
    found, problems = log_import.read([(name, _bytes(content)) for name, content in files])
    assert problems == []
    return found


def problem_of(name, content):
    """Return the one sentence about a file without curves."""
    found, (problem,) = log_import.read([(name, _bytes(content))])
    assert found == []
    return problem


def points(curves, column, axis="epoch"):
    """Return the points of a curve as ``{epoch or step: value}``; none if it has no values on this axis."""
    table = curves.by(axis)
    if column not in table:
        return {}
    pairs = zip(table[axis], table[column], strict=True)
    return {place: round(value, 6) for place, value in pairs if not math.isnan(value)}


def json_lines(*records):
    """Return records as JSON lines."""
    return "".join(json.dumps(record) + "\n" for record in records)


def _bytes(content):
    return content if isinstance(content, bytes) else content.encode()
