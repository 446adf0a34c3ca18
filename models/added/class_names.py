"""Reads class names from a file: text with one name a line, CSV, JSON or YAML."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from configs.errors import UserError
from configs.yaml_loader import load_yaml
from data.label_space import MAX_CLASSES

LIMIT = 2**20
"""Bytes of a file of class names."""

ENDINGS = (".txt", ".csv", ".json", ".yaml", ".yml")

_NAME_COLUMNS = ("name", "class", "label", "class name", "class_name")
_ID_COLUMNS = ("id", "index", "pixel value", "value", "class_id", "train_id", "trainid")
_KEYS = ("names", "id2label", "classes", "labels")


def read(path: Path) -> tuple[str, ...]:
    """Return the class names in ``path``, in the order of their ids.

    A text file has one name a line. A CSV has a header with a column ``name`` and perhaps one ``id``, or lines
    ``id,name``, or one name a line. JSON and YAML hold a list of names, names by id, or either under ``names``,
    ``classes``, ``labels`` or ``id2label``.

    Raises:
        UserError: If the file can't be read, ids have gaps, or names are empty or repeated.
    """
    try:
        if path.stat().st_size > LIMIT:
            raise UserError(f"{path} has more than {LIMIT} bytes; a list of class names is shorter")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is no text in UTF-8") from error
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from error
    return parse(text, path.suffix.lower(), str(path))


def parse(text: str, suffix: str, origin: str) -> tuple[str, ...]:
    """Return the class names in a text of the format that ``suffix`` tells; ``origin`` names it in errors."""
    if suffix not in ENDINGS:
        raise UserError(f"{origin} must end in {', '.join(ENDINGS)} to be read as class names")
    if suffix == ".json":
        return checked(_from_json(text, origin), origin)
    if suffix in {".yaml", ".yml"}:
        return checked(load_yaml(text, origin), origin)
    if suffix == ".csv":
        return checked(_from_csv(text, origin), origin)
    return checked([line.strip() for line in text.splitlines() if line.strip()], origin)


def _from_json(text: str, origin: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{origin} is not valid JSON") from error


def _from_csv(text: str, origin: str) -> Any:
    """Return a list of names, or names by id."""
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if any(map(str.strip, row))]
    except csv.Error as error:
        raise UserError(f"{origin} is not valid CSV: {error}") from error
    if not rows:
        return []
    header = [cell.lower() for cell in rows[0]]
    name = next((header.index(column) for column in _NAME_COLUMNS if column in header), None)
    ident = next((header.index(column) for column in _ID_COLUMNS if column in header), None)
    if name is not None and len(header) > 1:
        rows = rows[1:]
    elif len(header) == 1:
        name, rows = 0, rows[header[0] in _NAME_COLUMNS :]
    elif all(row[0].isdecimal() for row in rows):
        ident, name = 0, 1
    else:
        raise UserError(f"{origin} needs a header with a column 'name', or lines such as 0,road")
    if any(len(row) <= max(name, ident or 0) for row in rows):
        raise UserError(f"{origin} has rows that are too short for its columns")
    names = [row[name] for row in rows]
    return names if ident is None else _by_id([(row[ident], row[name]) for row in rows], origin)


def _by_id(pairs: list[tuple[Any, Any]], origin: str) -> list[Any]:
    """Return names in the order of their ids. Raises ``UserError`` if these are not 0, 1, 2, ..."""
    names: dict[int, Any] = {}
    for key, name in pairs:
        try:
            ident = int(str(key))
        except ValueError:
            raise UserError(f"{origin} has the id {str(key)[:40]!r}, which is no whole number") from None
        if ident in names:
            raise UserError(f"{origin} names the id {ident} twice")
        names[ident] = name
    missing = [ident for ident in range(len(names)) if ident not in names]
    if missing:
        raise UserError(f"{origin} has {len(names)} classes but none with the id {missing[0]}; ids go 0, 1, 2, ...")
    return [names[ident] for ident in range(len(names))]


def checked(content: Any, origin: str) -> tuple[str, ...]:
    """Return ``content``, a list of names or names by id, as names. Raises ``UserError`` if it is neither."""
    if isinstance(content, dict):
        inner = next((content[key] for key in _KEYS if isinstance(content.get(key), list | dict)), None)
        content = content if inner is None else inner
    if isinstance(content, dict):
        content = _by_id(list(content.items()), origin)
    if not isinstance(content, list) or not content:
        raise UserError(f"{origin} holds no list of class names")
    if len(content) > MAX_CLASSES:
        raise UserError(f"{origin} names {len(content)} classes; SegDeck takes {MAX_CLASSES} at most")
    names = [_name(entry, origin) for entry in content]
    if twice := next((name for index, name in enumerate(names) if name in names[:index]), None):
        raise UserError(f"{origin} names the class {twice!r} twice")
    return tuple(names)


def _name(entry: Any, origin: str) -> str:
    if isinstance(entry, dict):
        entry = entry.get("name", entry)
    # YAML reads a class called "no" as a truth value, and one called "7" as a number.
    if isinstance(entry, bool) or not isinstance(entry, str | int | float):
        raise UserError(f"{origin} has {str(entry)[:40]!r} where a name should be; put names in quotes")
    name = str(entry).strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise UserError(f"{origin} has the name {name[:40]!r}; names have 1 to 100 printable characters")
    return name
