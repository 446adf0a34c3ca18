"""The configuration of HAProxy in docs/ keeps each visitor at one replica, as long as that is there."""

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from configs.paths import ROOT

CONFIG = ROOT / "docs" / "haproxy.cfg"
HAPROXY = os.environ.get("SEGDECK_HAPROXY") or shutil.which("haproxy")
COOKIE = "SEGDECK_REPLICA"

needs_haproxy = pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed: apt-get install haproxy")


@needs_haproxy
def test_haproxy_takes_it():
    checked = subprocess.run([str(HAPROXY), "-c", "-f", CONFIG], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr


class Replica(BaseHTTPRequestHandler):
    """Answers with its number, and says that it is well where Streamlit does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        healthy = self.path == "/_stcore/health"
        assert not healthy or self.headers["Host"] == "localhost", "the name that every server answers to"
        body = b"ok" if healthy else str(self.connection.getsockname()[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def replicas() -> Iterator[list[ThreadingHTTPServer]]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Replica) for _ in range(3)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def balancer(replicas: list[ThreadingHTTPServer], tmp_path: Path) -> Iterator[int]:
    """Return the port of HAProxy with the configuration, but for the addresses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    text = CONFIG.read_text().replace("bind :8080", f"bind 127.0.0.1:{port}")
    for index, server in enumerate(replicas):
        address = f"10.0.0.{11 + index}:8501"
        assert address in text
        text = text.replace(address, f"127.0.0.1:{server.server_port}")
    (tmp_path / "haproxy.cfg").write_text(text)
    with subprocess.Popen([str(HAPROXY), "-f", str(tmp_path / "haproxy.cfg")], stderr=subprocess.PIPE) as process:
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end and process.poll() is None:
                try:
                    ask(port)
                except OSError:
                    time.sleep(0.05)
                else:
                    break
            yield port
        finally:
            process.terminate()


def ask(port: int, cookie: str = "") -> tuple[str, str]:
    """Return what answered, and the cookie that it set, if any."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/", headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    found, cookies = answer.read().decode(), answer.headers.get("Set-Cookie", "")
    connection.close()
    return found, cookies.partition(";")[0]


@needs_haproxy
def test_a_visitor_stays_at_one_replica_until_it_is_gone(balancer, replicas):
    first = [ask(balancer) for _ in range(6)]
    assert {found for found, _ in first} == {str(server.server_port) for server in replicas}, "all share the visitors"
    name, cookie = first[0]
    assert cookie.startswith(f"{COOKIE}=")
    assert [ask(balancer, cookie) for _ in range(6)] == [(name, "")] * 6

    (gone,) = (server for server in replicas if str(server.server_port) == name)
    gone.shutdown()
    gone.server_close()
    other, moved = ask(balancer, cookie)
    assert other in {str(server.server_port) for server in replicas} - {name}
    assert moved.startswith(f"{COOKIE}=")
    assert moved != cookie
    assert ask(balancer, moved) == (other, "")
