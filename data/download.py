"""Download official archives, verify them, and only then put them in place."""

import http.client
import shutil
import ssl
import tarfile
import tempfile
import urllib.error
import urllib.request
import zlib
from pathlib import Path, PurePosixPath

from configs import files
from configs.errors import UserError
from data import content, locks, progress
from data.dataset import Archive

_CHUNK = 1 << 20
_TIMEOUT = 60.0
_WORK = ".downloads"
"""Folder below the data folder for incomplete files; on the same disk, so that a finished folder can be renamed."""

_UNPACKED = "unpacked"


def fetch(archive: Archive, data_dir: Path) -> bool:
    """Put the folder of ``archive`` in place below ``data_dir`` unless it is there; return whether it was downloaded.

    An interrupted download is resumed if the server supports it. The folder appears in one step, once the checksum is
    verified and everything is unpacked. Raises ``UserError`` if any of this fails.
    """
    target = data_dir / archive.target
    if _in_place(target):
        return False
    work = data_dir / _WORK
    try:
        with locks.exclusive(work / "lock"):
            if _in_place(target):  # another process was faster
                return False
            for leftover in work.glob(f"{_UNPACKED}*"):  # of a run that was killed
                shutil.rmtree(leftover)
            file = _download(archive, work, target)
            _unpack(archive, file, work, target)
            file.unlink()
    except OSError as error:
        raise UserError(f"{target}: cannot be written ({error.strerror or error})") from error
    return True


def _in_place(target: Path) -> bool:
    return target.is_dir() and any(target.iterdir())


def _download(archive: Archive, work: Path, target: Path) -> Path:
    """Return the archive as a checked file in ``work``."""
    name = PurePosixPath(archive.url).name
    file, part = work / name, work / f"{name}.part"
    if not file.exists():
        try:
            _transfer(archive, part)
        except (urllib.error.URLError, http.client.HTTPException, ssl.SSLError, TimeoutError, ConnectionError) as error:
            raise UserError(
                f"{archive.url}: cannot be downloaded ({getattr(error, 'reason', None) or error}); run this again"
                f" with a network connection, or put the archive's folder {archive.folder} at {target} by hand"
            ) from error
        size = part.stat().st_size
        if archive.bytes is not None and size < archive.bytes:
            raise UserError(f"{archive.url}: ended at {size:,} of {archive.bytes:,} bytes; run this again to resume")
        part.rename(file)
    if archive.sha256 is not None and files.sha256(file) != archive.sha256:
        file.unlink()
        raise UserError(f"{archive.url}: is not the expected file (its SHA-256 differs); it has been removed")
    return file


def _transfer(archive: Archive, part: Path) -> None:
    """Download the archive to ``part``; resume if the archive never changes."""
    start = part.stat().st_size if part.exists() else 0
    if start and start == archive.bytes:
        return
    if archive.sha256 is None or archive.bytes is None or start > archive.bytes:
        start = 0
    request = urllib.request.Request(archive.url, headers={"Range": f"bytes={start}-"} if start else {})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
        goes_on = response.status == http.HTTPStatus.PARTIAL_CONTENT
        length = response.headers.get("Content-Length")
        done = start if goes_on else 0
        total = done + int(length) if length else archive.bytes
        bar = progress.bar(part.stem, total, "B", initial=done, unit_scale=True)
        with bar, part.open("ab" if goes_on else "wb") as out:
            while chunk := response.read(_CHUNK):
                out.write(chunk)
                bar.update(len(chunk))


def _unpack(archive: Archive, file: Path, work: Path, target: Path) -> None:
    """Unpack the wanted folder beside its destination, verify it, and rename it into place."""
    folder = PurePosixPath(archive.folder)
    wanted = [folder / part for part in archive.parts] or [folder]
    with tempfile.TemporaryDirectory(prefix=_UNPACKED, dir=work) as temporary:
        try:
            with tarfile.open(file) as tar:
                members = (member for member in tar if _is_wanted(member, wanted))
                tar.extractall(temporary, members, filter="data")  # refuses paths and links that lead outside
        except (tarfile.TarError, EOFError, zlib.error) as error:
            file.unlink()
            raise UserError(f"{archive.url}: cannot be unpacked ({error}); it has been removed") from error
        root = Path(temporary) / folder
        if not root.is_dir():
            file.unlink()
            raise UserError(f"{archive.url}: does not contain the folder {folder}; it has been removed")
        if archive.tree_sha256 is not None and content.tree_digest(root, archive.parts) != archive.tree_sha256:
            file.unlink()
            raise UserError(f"{archive.url}: contains unexpected files in {folder}; it has been removed")
        target.parent.mkdir(parents=True, exist_ok=True)
        root.replace(target)


def _is_wanted(member: tarfile.TarInfo, wanted: list[PurePosixPath]) -> bool:
    """Return whether a member is in a wanted folder and is not one of macOS's ``._`` files."""
    path = PurePosixPath(member.name)
    return not path.name.startswith("._") and any(path.is_relative_to(place) for place in wanted)
