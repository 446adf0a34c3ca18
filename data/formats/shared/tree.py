"""The files below a folder that a stranger made, listed once; only they are ever read."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from configs.errors import UserError
from data.decode import SUFFIXES

MAX_FILES = 3_000_000
"""Larger folders are refused: listing one would take minutes at every start."""


@dataclass(frozen=True)
class Tree:
    """A folder, and its files by their path within it (with ``/``), sorted; hidden ones are left out."""

    root: Path
    files: dict[str, Path]

    def below(self, folder: str, suffixes: Iterable[str] = SUFFIXES) -> dict[str, Path]:
        """Return the files in ``folder`` and its folders that have one of ``suffixes``, by their path within it."""
        prefix, wanted = f"{folder}/" if folder else "", tuple(suffixes)
        return {
            name[len(prefix) :]: path
            for name, path in self.files.items()
            if name.startswith(prefix) and name.lower().endswith(wanted)
        }

    def folders(self) -> list[str]:
        """Return the folders that hold files, themselves or further down, sorted; the root is not among them."""
        found = {str(parent) for name in self.files for parent in PurePosixPath(name).parents}
        return sorted(found - {"."})

    def folder(self, *names: str) -> str | None:
        """Return the first of the folders ``names`` that exists, in its own spelling; case does not matter."""
        known = {name.lower(): name for name in self.folders()}
        return next((known[name.lower()] for name in names if name.lower() in known), None)

    def named(self, name: str, base: str, origin: str) -> Path | None:
        """Return the file that a path inside a file names, relative to the folder ``base``, or None if it is not there.

        Raises ``UserError``, with ``origin`` for the file that names it, if the path leads out of the folder.
        """
        parts: list[str] = [part for part in base.split("/") if part]
        plain = PureWindowsPath(name)
        if plain.is_absolute() or plain.drive or plain.root or "\0" in name:
            raise UserError(f"{origin}: names the file {name!r}; paths must be relative and lie inside {self.root}")
        for part in plain.parts:
            if part == "..":
                if not parts:
                    raise UserError(f"{origin}: names the file {name!r}, which is outside of {self.root}")
                parts.pop()
            else:
                parts.append(part)
        return self.files.get("/".join(parts))

    def relative(self, path: Path) -> str:
        """Return the path of a file within the folder."""
        return path.relative_to(self.root).as_posix()


def scan(root: Path) -> Tree:
    """List the files below ``root``.

    Raises:
        UserError: If it is not a folder that can be listed, has more than ``MAX_FILES`` files, or holds a link that
            leads out of it.
    """
    if not root.is_dir():
        raise UserError(f"{root}: is not a folder; give the folder that holds the dataset")
    real, files = root.resolve(), {}

    def fail(error: OSError) -> None:
        raise UserError(f"{error.filename}: cannot be listed ({error.strerror})") from error

    for place, folders, names in os.walk(root, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        here = Path(place)
        for name in folders:
            _check_link(here / name, real)
        prefix = "" if here == root else f"{here.relative_to(root).as_posix()}/"
        for name in names:
            if name.startswith("."):
                continue
            _check_link(here / name, real)
            files[prefix + name] = here / name
        if len(files) > MAX_FILES:
            raise UserError(f"{root}: holds more than {MAX_FILES:,} files; give the folder of a single dataset")
    return Tree(root, dict(sorted(files.items())))


def _check_link(path: Path, root: Path) -> None:
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        raise UserError(f"{path}: is a link that leads out of the folder; put the file itself there")
