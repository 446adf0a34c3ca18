"""Unpacks a zip that holds a model of several files, and finds the model in a folder."""

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from configs.errors import UserError
from models.added.refusals import LIMIT, READ, refuse

MAX_MEMBERS = 2000
MAX_RATIO = 200
"""The most that a member may shrink by: weights hardly shrink at all."""

_ALWAYS_ALLOWED = 2**20
"""Bytes of a member whose ratio does not matter."""

_NOISE = frozenset({"__MACOSX", ".DS_Store"})
_CHUNK = 2**20


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a zip into the new or empty ``folder`` and return the model in it: a file, or a SavedModel folder.

    The folder is emptied again if that fails.

    Raises:
        UserError: If it is no zip, is too large, has members that lie elsewhere, or does not hold exactly one model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as file:
            for member, target in _checked(file, archive.name, folder):
                _extract(file, member, target, archive.name)
        return find(folder, archive.name)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        _empty(folder)
        raise UserError(f"{archive.name} can't be unpacked: it is no zip, or it is damaged or encrypted") from error
    except UserError:
        _empty(folder)
        raise


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _checked(file: zipfile.ZipFile, name: str, folder: Path) -> list[tuple[zipfile.ZipInfo, Path]]:
    """Return the files in an archive and where they go. Raises ``UserError`` if one should not be unpacked."""
    members = [member for member in file.infolist() if not _NOISE & set(PurePosixPath(member.filename).parts)]
    if len(members) > MAX_MEMBERS:
        raise UserError(f"{name} has {len(members)} files; a model has {MAX_MEMBERS} at most")
    if (size := sum(member.file_size for member in members)) > LIMIT:
        raise UserError(f"{name} holds {size / 2**30:.1f} GiB; a model may have {LIMIT / 2**30:.0f} GiB")
    for member in members:
        path = PurePosixPath(member.filename)
        # zipfile cuts a name at a NUL and turns the separators of other systems round; neither is an honest name.
        odd = member.orig_filename != member.filename or "\\" in member.filename or ":" in member.filename
        if path.is_absolute() or ".." in path.parts or odd or not path.parts:
            raise UserError(f"{name} holds {member.orig_filename[:80]!r}, which lies outside of it")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise UserError(f"{name} holds {member.filename[:80]!r}, which is a link or a device")
        if member.file_size > max(_ALWAYS_ALLOWED, MAX_RATIO * member.compress_size):
            raise UserError(f"{name} holds {member.filename[:80]!r}, which would grow too much to be weights")
    return [(member, folder / member.filename) for member in members if not member.is_dir()]


def _extract(file: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, name: str) -> None:
    """Write one member, which must not be longer than it says."""
    target.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with file.open(member) as source, target.open("xb") as output:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise UserError(f"{name} holds {member.filename[:80]!r}, which is longer than it says")
            output.write(chunk)


def find(folder: Path, name: str) -> Path:
    """Return the only model in a folder and those inside it; ``name`` stands for it in errors.

    Raises ``UserError`` if there is none, or more than one.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    saved = [path.parent for path in files if path.name == "saved_model.pb"]
    endings = {".onnx", ".tflite", ".lite", ".keras", ".h5", ".hdf5"}
    found = saved + [path for path in files if path.suffix.lower() in endings]
    found += [path for path in files if path.suffix.lower() == ".xml"]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.relative_to(folder).as_posix() for path in found[:5])
        raise UserError(f"{name} holds {len(found)} models, {names}; add one at a time")
    for path in files:
        refuse(path)  # says how to export a file of PyTorch and others
    raise UserError(f"{name} holds no model; it should hold {READ}")
