"""Reads the normalisation in TFLite's metadata, a table of its own inside the file.

Source: metadata_schema.fbs of TensorFlow Lite Support, and the encoding of FlatBuffers tables.
"""

import struct

from models.added.draft import Draft
from models.added.facts import Triple

_NORMALISATION = 1
"""Code of ``NormalizationOptions`` among the kinds of process units."""


def read(content: bytes, draft: Draft) -> None:
    """Take over mean and standard deviation of the input; they apply to values 0..255."""
    try:
        found = _normalisation(content) if content else None
    except (struct.error, IndexError):
        found = None
    if found is None or draft.inputs[0].dtype != "float32":
        return
    mean, std = found
    reason = "the file's metadata say so"
    if len(set(mean)) == len(set(std)) == 1 and 0 < std[0] < 1000:
        low, high = (round((value - mean[0]) / std[0], 4) + 0.0 for value in (0, 255))
        mean, std, bounds = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (low, high)
    else:
        bounds = (0.0, 255.0)
    plain = mean == (0.0, 0.0, 0.0) and std == (1.0, 1.0, 1.0)
    draft.hint("range", bounds, reason)
    draft.hint("mean", None if plain else mean, reason)
    draft.hint("std", None if plain else std, reason)


def _normalisation(content: bytes) -> tuple[Triple, Triple] | None:
    """Return mean and standard deviation of the first input, or None if the metadata have none."""
    root = _Table(content, struct.unpack_from("<I", content, 0)[0])
    for graph in root.tables(3)[:1]:
        for tensor in graph.tables(2)[:1]:
            for unit in tensor.tables(4):
                options = unit.table(1) if unit.byte(0) == _NORMALISATION else None
                if options is not None and (mean := options.floats(0)) and (std := options.floats(1)):
                    return _triple(mean), _triple(std)
    return None


def _triple(values: tuple[float, ...]) -> Triple:
    return (values[0],) * 3 if len(values) != 3 else (values[0], values[1], values[2])


class _Table:
    """One FlatBuffers table: fields by number, absent ones empty. Raises ``struct.error`` outside of the content."""

    def __init__(self, content: bytes, position: int) -> None:
        self._content = content
        self._position = position

    def _u32(self, position: int) -> int:
        return int(struct.unpack_from("<I", self._content, position)[0])

    def _field(self, number: int) -> int | None:
        """Return the position of a field, or None if it is absent."""
        layout = self._position - struct.unpack_from("<i", self._content, self._position)[0]
        if layout < 0 or 4 + 2 * number >= struct.unpack_from("<H", self._content, layout)[0]:
            return None
        offset = struct.unpack_from("<H", self._content, layout + 4 + 2 * number)[0]
        return self._position + offset if offset else None

    def byte(self, number: int) -> int:
        field = self._field(number)
        return self._content[field] if field is not None else 0

    def table(self, number: int) -> "_Table | None":
        field = self._field(number)
        return None if field is None else _Table(self._content, field + self._u32(field))

    def _vector(self, number: int) -> tuple[int, int]:
        """Return where the elements of a vector start, and how many there are (100 at most)."""
        field = self._field(number)
        if field is None:
            return 0, 0
        start = field + self._u32(field)
        return start + 4, min(self._u32(start), 100)

    def tables(self, number: int) -> list["_Table"]:
        start, count = self._vector(number)
        positions = [start + 4 * index for index in range(count)]
        return [_Table(self._content, position + self._u32(position)) for position in positions]

    def floats(self, number: int) -> tuple[float, ...]:
        start, count = self._vector(number)
        return struct.unpack_from(f"<{count}f", self._content, start)
