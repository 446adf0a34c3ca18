"""Downloads from a local server."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from configs.errors import UserError
from data import content, download
from data.dataset import Archive
from tests.facts import facts, mentions

FILES = {
    "root/set/images/a.jpg": b"picture" * 5000,
    "root/set/labels/a.txt": b"words",
    "root/set/other/b.txt": b"not wanted",
    "root/set/images/._a.jpg": b"macOS",
    "root/readme": b"not wanted",
}


def pack(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=0) as tar:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


@dataclass
class Server:
    """What is served, where it is cut off, and what was requested."""

    address: str = ""
    body: bytes = b""
    stop_after: int | None = None
    ranges: bool = True
    asked: list[str | None] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.headers["Range"])
            if self.path != "/set.tar.gz":
                self.send_error(404)
                return
            start = int(self.headers["Range"][6:-1]) if self.headers["Range"] and state.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(state.body) - start))
            self.end_headers()
            self.wfile.write(state.body[start : state.stop_after])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.address = f"http://127.0.0.1:{http.server_address[1]}/set.tar.gz"
        state.body = pack(FILES)
        yield state
        http.shutdown()
        thread.join()


def archive_of(server: Server) -> Archive:
    return Archive(
        url=server.address,
        folder="root/set",
        target="deep/set",
        parts=("images", "labels"),
        bytes=len(server.body),
        sha256=hashlib.sha256(server.body).hexdigest(),
    )


def found(data_dir: Path) -> dict[str, bytes]:
    folder = data_dir / "deep" / "set"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WANTED = {"images/a.jpg": FILES["root/set/images/a.jpg"], "labels/a.txt": FILES["root/set/labels/a.txt"]}


def nothing_left(data_dir: Path) -> bool:
    return [path.name for path in (data_dir / ".downloads").iterdir()] == ["lock"]


def test_the_folder_is_put_in_place(server: Server, tmp_path: Path) -> None:
    assert download.fetch(archive_of(server), tmp_path)
    assert found(tmp_path) == WANTED
    assert nothing_left(tmp_path)
    assert not download.fetch(archive_of(server), tmp_path)
    assert server.asked == [None]


def test_an_existing_folder_is_used_unchanged(server: Server, tmp_path: Path) -> None:
    (tmp_path / "deep" / "set").mkdir(parents=True)
    (tmp_path / "deep" / "set" / "mine.txt").write_text("own")
    assert not download.fetch(archive_of(server), tmp_path)
    assert found(tmp_path) == {"mine.txt": b"own"}
    assert server.asked == []


def test_an_empty_folder_is_filled(server: Server, tmp_path: Path) -> None:
    (tmp_path / "deep" / "set").mkdir(parents=True)
    assert download.fetch(archive_of(server), tmp_path)
    assert found(tmp_path) == WANTED


@pytest.mark.parametrize("ranges", [True, False])
def test_an_interrupted_download_is_resumed(server: Server, tmp_path: Path, ranges: bool) -> None:
    server.stop_after = 10_000
    with pytest.raises(UserError, match=facts("10,000", f"{len(server.body):,}", "again")):
        download.fetch(archive_of(server), tmp_path)
    assert not (tmp_path / "deep").exists()
    server.stop_after, server.ranges = None, ranges
    assert download.fetch(archive_of(server), tmp_path)
    assert found(tmp_path) == WANTED
    assert server.asked == [None, "bytes=10000-"]


def test_complete_and_overlong_partial_files_are_handled(server: Server, tmp_path: Path) -> None:
    part = tmp_path / ".downloads" / "set.tar.gz.part"
    part.parent.mkdir()
    part.write_bytes(server.body)
    (part.parent / "unpacked_by_a_killed_run").mkdir()
    assert download.fetch(archive_of(server), tmp_path)
    assert server.asked == []
    assert nothing_left(tmp_path)

    part.write_bytes(server.body + b"more")
    assert download.fetch(replace(archive_of(server), target="deep/other"), tmp_path)
    assert server.asked == [None]


def test_a_wrong_archive_is_rejected_and_removed(server: Server, tmp_path: Path) -> None:
    archive = archive_of(server)
    server.body = pack(FILES | {"root/set/images/a.jpg": b"PICTURE" * 5000})
    assert len(server.body) == archive.bytes
    with pytest.raises(UserError, match="SHA-256 differs"):
        download.fetch(archive, tmp_path)
    assert not (tmp_path / "deep").exists()
    assert nothing_left(tmp_path)


def tree_archive_of(server: Server, tmp_path: Path) -> Archive:
    for name, body in WANTED.items():
        (tmp_path / "same" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "same" / name).write_bytes(body)
    digest = content.tree_digest(tmp_path / "same", ("images", "labels"))
    return replace(archive_of(server), bytes=None, sha256=None, tree_sha256=digest)


def test_a_repository_is_identified_by_its_files(server: Server, tmp_path: Path) -> None:
    archive = tree_archive_of(server, tmp_path)
    server.body = pack(FILES | {"root/readme": b"packed again, otherwise the same"})
    assert download.fetch(archive, tmp_path)
    assert found(tmp_path) == WANTED


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (FILES | {"root/set/labels/a.txt": b"other words"}, ["unexpected", "root/set"]),
        (FILES | {"root/set/labels/more.txt": b"more"}, ["unexpected", "root/set"]),
        ({"elsewhere/a.jpg": b"picture"}, ["not contain", "root/set"]),
        (FILES | {"root/set/images/../../../../evil": b"x"}, ["cannot be unpacked"]),
    ],
)
def test_unexpected_files_are_rejected(
    server: Server, tmp_path: Path, files: dict[str, bytes], expected: list[str]
) -> None:
    archive = tree_archive_of(server, tmp_path)
    server.body = pack(files)
    with pytest.raises(UserError, match=facts(*expected)):
        download.fetch(archive, tmp_path)
    assert not (tmp_path / "deep").exists()
    assert nothing_left(tmp_path)


@pytest.mark.parametrize("length", [0, 100, 20_000])
def test_a_truncated_repository_is_rejected(server: Server, tmp_path: Path, length: int) -> None:
    archive = tree_archive_of(server, tmp_path)
    server.body = server.body[:length]
    with pytest.raises(UserError, match="cannot be unpacked"):
        download.fetch(archive, tmp_path)
    assert not (tmp_path / "deep").exists()


def test_without_a_network_the_error_explains_the_manual_way(server: Server, tmp_path: Path) -> None:
    archive = replace(archive_of(server), url="http://127.0.0.1:9/set.tar.gz")
    with pytest.raises(UserError) as raised:
        download.fetch(archive, tmp_path)
    assert mentions(str(raised.value), archive.url, "cannot be downloaded", "root/set", tmp_path / "deep" / "set")


def test_a_missing_url_is_named(server: Server, tmp_path: Path) -> None:
    archive = replace(archive_of(server), url=server.address.replace("set.tar", "gone.tar"))
    with pytest.raises(UserError, match=facts("gone.tar.gz", "cannot be downloaded", "Not Found")):
        download.fetch(archive, tmp_path)


def test_an_unwritable_folder_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=facts("file/deep/set", "cannot be written")):
        download.fetch(archive_of(server), tmp_path / "file")
