"""Requests as a program sends them that is no browser."""

import base64
import http.client
import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What a server answers."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes


def answer(server: str, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """Ask a server for a path; an underscore in a header's name stands for a hyphen."""
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, sent)
    response = connection.getresponse()
    result = Answer(response.status, response.headers, response.read())
    connection.close()
    return result


def websocket(server: str, origin: str, host: str = "") -> bool:
    """Return whether the server accepts Streamlit's websocket."""
    address = urlsplit(server)
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host or address.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Origin: {origin}",
        "\r\n",
    ]
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return connection.recv(100).startswith(b"HTTP/1.1 101")
