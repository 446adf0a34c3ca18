"""Read a table of classes from a text, CSV, JSON or YAML file: names, and optionally numbers and colours."""

import contextlib
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import ImageColor

from configs.errors import UserError
from configs.yaml_loader import load_yaml
from data.formats.shared.text_files import parse_json, read_text
from data.label_space import MAX_CLASSES

HELP = (
    "a text file with one name per line, in the order of the numbers; or one with lines like '3 car' or 'car:255,0,0'; "
    "or a CSV with the columns name, id and colour; or JSON or YAML with a list of names, or a mapping of numbers to "
    "names"
)
"""What a file of classes may look like, for messages."""

ENDINGS = (".txt", ".names", ".csv", ".tsv", ".json", ".yaml", ".yml")
"""The usual suffixes of such files; one with any other is read as text."""

_NAME = ("name", "names", "class", "label", "class name", "class_name", "category")
_ID = ("id", "value", "pixel value", "index", "number", "class_id", "train_id", "trainid")
_COLOUR = ("colour", "color", "hex", "rgb", "color_rgb")
_CHANNELS = (("r", "red"), ("g", "green"), ("b", "blue"))
_MAX_BYTES = 2_000_000
_MAX_NAME = 200
_PLAIN = re.compile(r"(?P<name>.+)")
_LINES = (
    re.compile(r"(?P<name>[^:]+):(?P<r>\d+),(?P<g>\d+),(?P<b>\d+)(:.*)?"),  # CVAT's labelmap.txt
    re.compile(r"(?P<r>\d+)[\s,]+(?P<g>\d+)[\s,]+(?P<b>\d+)[\s,]+(?P<name>[^\d\s].*)"),  # CamVid's label_colors.txt
    re.compile(r"(?P<id>\d+)\s*[:,\t ]\s*(?P<name>\S.*)"),
    re.compile(r"(?P<name>.*\S)\s+(?P<colour>#[0-9a-fA-F]{6})"),
    _PLAIN,
)


@dataclass(frozen=True)
class NamedClass:
    """One row of a table of classes: its name, its number and its colour ``#rrggbb``, where the table has them."""

    name: str
    number: int | None = None
    colour: str | None = None


def read(path: Path) -> list[NamedClass]:
    """Read a table of classes, whose kind is told by the suffix of its file.

    Raises:
        UserError: If the file cannot be read, names no class or too many, or repeats a name, a number or a colour.
    """
    return parse(read_text(path, _MAX_BYTES), path.suffix, str(path))


def parse(text: str, suffix: str, path: str) -> list[NamedClass]:
    """Read the text of a file that ends in ``suffix``. Raises ``UserError``, naming ``path``, as ``read`` does."""
    rows: Iterable[NamedClass]
    match suffix.lower():
        case ".json":
            return of_content(parse_json(text, path), path)
        case ".yaml" | ".yml":
            return of_content(load_yaml(text, path), path)
        case ".csv" | ".tsv":
            rows = _table(text, path)
        case _:
            rows = _lines(text, path)
    return _checked(list(rows), path)


def of_content(content: Any, path: str) -> list[NamedClass]:
    """Read what a JSON or YAML file holds, such as a list of names. Raises ``UserError`` as ``read`` does."""
    return _checked(list(_structured(content, path)), path)


def in_order(rows: Sequence[NamedClass], path: str) -> tuple[str, ...]:
    """Return the names in the order of their numbers, or as they stand if they have none.

    Raises ``UserError`` unless the numbers are 0, 1, 2 and so on: a network has no gaps between its classes.
    """
    if any(row.number is None for row in rows):
        return tuple(row.name for row in rows)
    names = {row.number: row.name for row in rows}
    if missing := [number for number in range(len(names)) if number not in names]:
        raise UserError(f"{path}: has {len(names)} classes but none with the id {missing[0]}; ids go 0, 1, 2, ...")
    return tuple(names[number] for number in range(len(names)))


def _checked(rows: list[NamedClass], path: str) -> list[NamedClass]:
    if not rows:
        raise UserError(f"{path}: names no classes; it should be {HELP}")
    if len(rows) > MAX_CLASSES:
        raise UserError(f"{path}: names {len(rows)} classes; a dataset has at most {MAX_CLASSES}")
    numbered = [row.number for row in rows if row.number is not None]
    if numbered and len(numbered) < len(rows):
        raise UserError(f"{path}: gives numbers to only {len(numbered)} of its {len(rows)} classes")
    for what, values in (("name", [row.name for row in rows]), ("number", numbered)):
        for value in values:
            if values.count(value) > 1:  # type: ignore[arg-type]
                raise UserError(f"{path}: gives the {what} {value!r} twice; each class needs its own")
    return rows


def _lines(text: str, path: str, forms: Sequence[re.Pattern[str]] = _LINES) -> Iterator[NamedClass]:
    """Read one class per line; the first of ``forms`` that fits every line says how."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("# ", "//")) and line != "#"]
    lines = [re.sub(r"^([\"'])(.+)\1$", r"\2", line) for line in lines]
    if lines and _is_header(lines[0]):
        lines = lines[1:]
    for form in forms:
        found = [form.fullmatch(line) for line in lines]
        if all(found):
            yield from (_row(match.groupdict(), path) for match in found if match)
            return
    raise UserError(f"{path}: needs a header with a column 'name', or lines such as 0,road")


def _is_header(line: str) -> bool:
    """Return whether a line names columns, as a table of classes without commas may have it: ``id name``."""
    words = re.split(r"[\s,;:]+", line.lower())
    columns = {*_NAME, *_ID, *_COLOUR, *(name for names in _CHANNELS for name in names)}
    return columns.issuperset(words) and not {*_NAME}.isdisjoint(words)


def _table(text: str, path: str) -> Iterator[NamedClass]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise UserError(f"{path}: cannot be read as CSV ({error})") from error
    rows = [row for row in rows if any(row)]
    header = [cell.lower() for cell in rows[0]] if rows else []
    if not any(cell in _NAME for cell in header):
        forms = [form for form in _LINES if form is not _PLAIN or all(len(row) == 1 for row in rows)]
        yield from _lines("\n".join(" ".join(row) for row in rows), path, forms)
        return
    for row in rows[1:]:
        yield _row(_by_column(dict(zip(header, row, strict=False))), path)


def _by_column(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cells of a row, or the values of a mapping, under the names ``name``, ``id``, ``colour``, r, g, b."""
    groups = (("name", _NAME), ("id", _ID), ("colour", _COLOUR), *((names[0], names) for names in _CHANNELS))
    lowered = {str(key).lower(): value for key, value in cells.items()}
    return {
        key: next((lowered[name] for name in names if lowered.get(name) not in (None, "")), None)
        for key, names in groups
    }


def _structured(content: Any, path: str) -> Iterator[NamedClass]:
    """Read what JSON or YAML holds."""
    if isinstance(content, Mapping):
        for key in ("names", "id2label", "label2id", "classes", "categories", "labels"):
            if isinstance(content.get(key), Mapping | list):
                content = content[key]
                break
    if isinstance(content, Mapping):
        yield from (_of_item(key, value, path) for key, value in content.items())
    elif isinstance(content, list):
        for entry in content:
            yield _row(_by_column(entry) if isinstance(entry, Mapping) else {"name": entry}, path)
    else:
        raise UserError(f"{path}: names no classes; it should be {HELP}")


def _of_item(key: Any, value: Any, path: str) -> NamedClass:
    """Read one item of a mapping: a number and a name in either order, or a name and a colour."""
    if str(key).isascii() and str(key).isdigit():
        return _row(_by_column(value) | {"id": key} if isinstance(value, Mapping) else {"id": key, "name": value}, path)
    if isinstance(value, int) and not isinstance(value, bool):
        return _row({"name": key, "id": value}, path)
    return _row({"name": key, "colour": value}, path)


def _row(cells: Mapping[str, Any], path: str) -> NamedClass:
    name = cells.get("name")
    if isinstance(name, bool):  # as YAML reads a class called "no"
        raise UserError(f"{path}: has {name!r} where the name of a class should be; put names in quotes")
    if not isinstance(name, str | int | float) or not str(name).strip():
        raise UserError(f"{path}: has {str(name)[:40]!r} where the name of a class should be; it should be {HELP}")
    if len(str(name).strip()) > _MAX_NAME or not str(name).strip().isprintable():
        raise UserError(f"{path}: has the name {str(name)[:40]!r}; names have 1 to {_MAX_NAME} printable characters")
    channels = [cells.get(channel) for channel in ("r", "g", "b")]
    colour = channels if all(channel is not None for channel in channels) else cells.get("colour")
    return NamedClass(str(name).strip(), _number(cells.get("id"), path), _colour(colour, path))


def _number(value: Any, path: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,9}", str(value).strip()):
        raise UserError(f"{path}: has {value!r} where the number of a class should be")
    return int(value)


def _colour(value: Any, path: str) -> str | None:
    """Return a colour as ``#rrggbb``; it may be given that way, as CSS has it, or as three numbers."""
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"#?[0-9a-fA-F]{6}", value.strip()):
        return f"#{value.strip().lstrip('#').lower()}"
    numbers = re.findall(r"\d+", value) if isinstance(value, str) else value
    if isinstance(numbers, Sequence) and len(numbers) == 3:
        channels = [int(number) for number in numbers if re.fullmatch(r"\d{1,3}", str(number).strip())]
        if len(channels) == 3 and max(channels) <= 255:
            return "#" + bytes(channels).hex()
    with contextlib.suppress(ValueError):
        return "#" + bytes(ImageColor.getrgb(str(value).strip())[:3]).hex()
    raise UserError(f"{path}: has {value!r} where a colour should be; it should look like #ff8000 or 255,128,0")
