"""An uploaded file, seen as text, table, JSON or TensorBoard events; each view is made once, when it is asked for."""

import codecs
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from configs.errors import UserError
from pages.training import tensorboard_events
from pages.training.logs import csv_table
from pages.training.logs.table import MAX_ROWS, Table, table_of_records
from pages.training.tensorboard_events import Events

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


class LogError(UserError):
    """An uploaded file has no curves; the message names it and what to upload instead."""


@dataclass(frozen=True)
class LogFile:
    """An uploaded file: its path within the upload, with ``/`` between folders, and its content."""

    path: str
    content: bytes

    @property
    def name(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.path).name

    @property
    def folders(self) -> tuple[str, ...]:
        """The names of the folders it lies in, the outermost first."""
        return PurePosixPath(self.path).parts[:-1]

    @cached_property
    def text(self) -> str | None:
        """The content as text, in UTF-8, UTF-16 or Windows' code page; None if it is binary."""
        utf16 = self.content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
            try:
                text = self.content.decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if _CONTROL.search(text) else text
        return None

    @property
    def is_json(self) -> bool:
        """Whether the content looks like JSON: one document, or one on each line."""
        return self.text is not None and self.text.lstrip()[:1] in {"{", "["}

    @cached_property
    def document(self) -> Any:
        """The content as one JSON document; None if it is none."""
        return _json(self.text) if self.is_json and self.text else None

    @cached_property
    def table(self) -> Table | None:
        """The rows of a CSV file, of JSON lines or of a JSON list of objects; None if it is none of these."""
        if self.text is None or not self.text.strip():
            return None
        if not self.is_json:
            return csv_table.parse(self.text)
        records, notes = self._records()
        return table_of_records(records, notes) if records else None

    @cached_property
    def columns(self) -> frozenset[str]:
        """The names of the table's columns; empty if it is no table."""
        return self.table.columns if self.table else frozenset()

    @cached_property
    def events(self) -> Events:
        """The scalars of a TensorBoard event file. Raises ``ValueError`` if it is none."""
        return tensorboard_events.read(self.content)

    def _records(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the objects of JSON lines or of a JSON list, and a note on each kind of line that is left out."""
        if isinstance(self.document, list):
            items, unread = self.document[:MAX_ROWS], len(self.document[MAX_ROWS:])
        else:
            lines = [line for line in (self.text or "").splitlines() if line.strip()]
            items = [_json(line) for line in lines[:MAX_ROWS]]
            unread = len(lines) - len(items)
        records = [item for item in items if isinstance(item, dict)]
        notes = []
        if damaged := len(items) - len(records):
            notes.append(f"{damaged} of {len(items)} lines are no complete JSON objects and are left out")
        if unread:
            notes.append(f"the {unread} lines after the first {MAX_ROWS} are left out")
        return records, notes


def _json(text: str) -> Any:
    """Return the value of a JSON text, or None if it is not valid."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
