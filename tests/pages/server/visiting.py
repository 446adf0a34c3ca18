"""A visitor of the Video page that is no browser: a session of Streamlit's, and websockets by hand."""

import base64
import json
import os
import re
import socket
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


class RefusedError(Exception):
    """The server did not accept the websocket."""


class Socket:
    """A websocket, as far as the tests need one."""

    def __init__(self, server: str, path: str, **headers: str) -> None:
        """Connect; an underscore in a header's name stands for a hyphen. Raises ``RefusedError``."""
        address = urlsplit(server)
        sent = {"Host": address.netloc, "Sec_WebSocket_Version": "13", **headers}
        sent["Sec_WebSocket_Key"] = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in sent.items()]
        self.connection = socket.create_connection((address.hostname, address.port), timeout=120)
        self.connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.stream = self.connection.makefile("rb")
        status = self.stream.readline()
        while self.stream.readline().strip():
            pass
        if b" 101 " not in status:
            self.close()
            raise RefusedError(status)

    def send(self, content: bytes, kind: int = BINARY) -> None:
        length = len(content)
        short, extended = (
            (length, b"")
            if length < 126
            else (126, struct.pack(">H", length))
            if length < 1 << 16
            else (127, struct.pack(">Q", length))
        )
        mask = os.urandom(4)
        repeated = np.frombuffer((mask * (length // 4 + 1))[:length], np.uint8)
        masked = (np.frombuffer(content, np.uint8) ^ repeated).tobytes()
        self.connection.sendall(bytes([0x80 | kind, 0x80 | short]) + extended + mask + masked)

    def receive(self) -> tuple[int, bytes]:
        """Return the kind and the content of the next message that is no ping."""
        content, kind = b"", 0
        while True:
            first, second = self.stream.read(2)
            length = second & 127
            if length > 125:
                length = int.from_bytes(self.stream.read(2 if length == 126 else 8), "big")
            part = self.stream.read(length)
            if first & 15 == PING:
                continue
            content, kind = content + part, kind or first & 15
            if first & 128:
                return kind, content

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.stream.close()
        self.connection.close()


@dataclass(frozen=True)
class Answer:
    """What the server sent: a sentence, a code with which it closed, or a header and label maps by model."""

    header: dict[str, Any]
    labels: dict[str, NDArray[np.uint8]]
    closed: int | None = None


@dataclass(frozen=True)
class Visitor:
    """A visitor with the Video page open."""

    server: str
    cookie: str
    path: str
    page: Socket

    def connect(self, **headers: str) -> Socket:
        """Connect to the route that the page names."""
        return Socket(self.server, self.path, **{"Cookie": self.cookie, "Origin": self.server, **headers})


@contextmanager
def visit(server: str, models: str, cookie: str = "") -> Iterator[Visitor]:
    """Open the Video page with some models, until the block ends."""
    cookie = cookie or f"_streamlit_xsrf={generate_xsrf_token_string()}"
    page = Socket(server, "/_stcore/stream", Cookie=cookie, Origin=server)
    try:
        message = BackMsg()
        message.rerun_script.page_name = "Video"
        message.rerun_script.query_string = f"models={models}"
        page.send(message.SerializeToString())
        while not (found := re.search(rb"live/[\w-]{40,}", page.receive()[1])):
            pass
        yield Visitor(server, cookie, f"/{found.group().decode()}", page)
    finally:
        page.close()


def frame(content: bytes, *models: str, ident: int = 1, exact: bool = False) -> bytes:
    """Return the message with a frame."""
    header = json.dumps({"id": ident, "models": models, "exact": exact}).encode()
    return len(header).to_bytes(4, "little") + header + content


def read(socket: Socket) -> Answer:
    """Return the next answer; label maps that are not ready yet have none."""
    kind, content = socket.receive()
    if kind == CLOSE:
        return Answer({}, {}, int.from_bytes(content[:2], "big"))
    if kind == TEXT:
        return Answer(json.loads(content), {})
    return unpacked(content)


def unpacked(content: bytes) -> Answer:
    """Take an answer with label maps apart."""
    start = 4 + int.from_bytes(content[:4], "little")
    header = json.loads(content[4:start])
    values, labels = np.frombuffer(zlib.decompress(content[start:]), np.uint8), {}
    for model in header["models"]:
        if "width" in model:
            size = model["height"] * model["width"]
            labels[model["name"]], values = values[:size].reshape(model["height"], -1), values[size:]
    assert values.size == 0
    return Answer(header, labels)


def ask(socket: Socket, content: bytes, *models: str, **options: Any) -> Answer:
    """Send a frame until all models are loaded, and return the answer."""
    while True:
        socket.send(frame(content, *models, **options))
        answer = read(socket)
        if not any(model.get("loading") for model in answer.header.get("models", ())):
            return answer
