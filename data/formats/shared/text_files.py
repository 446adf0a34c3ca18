"""Read text, JSON and YAML that a stranger wrote, with a limit on its size."""

import json
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from configs.errors import UserError
from configs.yaml_loader import load_yaml

MAX_TEXT_BYTES = 20_000_000
MAX_JSON_BYTES = 1_500_000_000
"""The largest official file, COCO's training instances, has 470 MB."""

_HEAD_BYTES = 1 << 16
_MARK = b"\xef\xbb\xbf"
"""What some programs write before UTF-8 text."""
_Kind = TypeVar("_Kind")


def read_text(path: Path, most: int = MAX_TEXT_BYTES) -> str:
    """Return the text of a file (UTF-8, with or without a mark). Raises ``UserError`` if it is none or too large."""
    try:
        return _read(path, most).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text") from error


def _read(path: Path, most: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > most:
            raise UserError(f"{path}: has {size:,} bytes; a file of this kind may have at most {most:,}")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def read_json(path: Path, most: int = MAX_JSON_BYTES) -> Any:
    """Return the content of a JSON file. Raises ``UserError`` if it is not valid or too large."""
    return parse_json(read_text(path, most), str(path))


def parse_json(content: str, origin: str) -> Any:
    """Return the content of a JSON text. Raises ``UserError``, naming ``origin``, if it is not valid."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        reason = "it nests too deeply" if isinstance(error, RecursionError) else str(error)
        raise UserError(f"{origin}: is not valid JSON ({reason})") from error


def decode_json(path: Path, kind: type[_Kind], most: int = MAX_JSON_BYTES) -> _Kind:
    """Return a large JSON file as ``kind``, a ``msgspec.Struct``; nothing is made of the keys that it does not name.

    Its fields of the type ``msgspec.Raw`` are parts of the file, which stays in memory as long as one of them does.
    Raises ``UserError`` if the file is not valid or too large.
    """
    content = memoryview(_read(path, most))
    try:
        return msgspec.json.decode(content[len(_MARK) :] if content[: len(_MARK)] == _MARK else content, type=kind)
    except msgspec.ValidationError as error:
        raise UserError(f"{path}: is not as it should be ({error})") from error
    except (ValueError, RecursionError) as error:  # msgspec's own errors are of ValueError
        reason = "it nests too deeply" if isinstance(error, RecursionError) else str(error)
        raise UserError(f"{path}: is not valid JSON ({reason})") from error


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file. Raises ``UserError`` if it is not valid or too large."""
    return load_yaml(read_text(path), str(path))


def head(path: Path) -> str:
    """Return the beginning of a file as text, or an empty one if it cannot be read; enough to recognise a format."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""


def mapping(content: Any, origin: str) -> dict[str, Any]:
    """Return ``content``. Raises ``UserError``, with ``origin`` for where it stands, unless it is a mapping."""
    if not isinstance(content, dict):
        raise UserError(f"{origin}: should be a mapping of names to values, not {type(content).__name__}")
    return content


def sequence(content: Any, origin: str) -> list[Any]:
    """Return ``content``. Raises ``UserError``, with ``origin`` for where it stands, unless it is a list."""
    if not isinstance(content, list):
        raise UserError(f"{origin}: should be a list, not {type(content).__name__}")
    return content


def text(content: Any, origin: str) -> str:
    """Return ``content``. Raises ``UserError``, with ``origin`` for where it stands, unless it is a short text."""
    if not isinstance(content, str) or not 0 < len(content) <= 1000:
        raise UserError(f"{origin}: should be a short text, not {str(content)[:40]!r}")
    return content


def integer(content: Any, origin: str, least: int = 0, most: int = 2**53) -> int:
    """Return ``content``. Raises ``UserError`` unless it is an integer from ``least`` to ``most``."""
    whole = isinstance(content, int) or (isinstance(content, float) and content.is_integer())
    if not whole or isinstance(content, bool) or not least <= content <= most:
        raise UserError(f"{origin}: should be an integer from {least} to {most}, not {str(content)[:40]!r}")
    return int(content)
