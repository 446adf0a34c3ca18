"""The server in a real Chromium: it sends nothing anywhere, and the browser follows its headers on every page."""

import hashlib
import re
import socket
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.audit.outgoing import watched
from tests.pages.app import png
from tests.pages.conftest import serving, window
from tests.pages.server.asking import answer, websocket
from tests.pages.server.test_private_files_in_browser import as_file
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser

PROBED = re.compile(r"/[A-Z]\w+/_stcore/(health|host-config)$")
COMPARE = "/Compare?models=tiny_pets,tiny_street&sample=chelsea&view="
ADDRESSES = [
    *(f"{COMPARE}{view}" for view in ("shares", "objects", "agreement", "truth", "download")),
    "/Training",
    "/Evaluation",
    "/Datasets",
    *(f"/Models?model=tiny_pets&view={view}" for view in ("Card", "Layers", "Recipe", "Downloads")),
    "/Models?add=1",
    "/Video?models=tiny_pets",
    "/",
]


@contextmanager
def audited(runs_folder, folder):
    """Serve the dashboard, and give the file in which it notes what it sends to other computers."""
    added, outgoing = watched(folder)
    with serving(runs_folder, folder, environment=added) as server:
        yield server, outgoing


def complaints(page):
    """Collect what the browser's console says about refused contents, and what it asks of other servers."""
    found = []

    def note(message):
        # Streamlit asks below the page's own name first, and then where the answer is.
        if message.type in {"error", "warning"} and not PROBED.search(message.location["url"]):
            found.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.mark.slow
def test_nothing_is_sent_to_other_computers_and_the_browser_refuses_nothing(browser, runs_folder, tmp_path):
    with ExitStack() as stack:
        server, outgoing = stack.enter_context(audited(runs_folder, tmp_path))
        page = stack.enter_context(window(browser))
        requested = []
        page.on("request", lambda request: requested.append(request.url))
        found = complaints(page)
        for address in ADDRESSES:
            page.goto(server.address + address)
            at_rest(page)
        page.goto(f"{server.address}/Compare?models=tiny_pets")
        content = png(1)
        page.locator("input[type=file]").first.set_input_files(as_file("mine.png", content))
        page.locator(f".viewer[data-picture='{hashlib.sha256(content).hexdigest()}'][data-models='1']").wait_for()
        at_rest(page)
        assert answer(server.address, "/_stcore/health", origin="http://203.0.113.9").status == 403
        assert not websocket(server.address, origin="http://203.0.113.9")
        assert websocket(server.address, origin=server.address)
        elsewhere = [url for url in requested if not url.startswith((server.address, "data:", "blob:"))]
        assert elsewhere == []
        assert found == []
        assert outgoing.read_text() == ""


def test_it_listens_on_this_computer_only(server):
    port = int(server.address.rpartition(":")[2])
    listening = [
        line.split()[1].partition(":")[0]
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].partition(":")[2], 16) == port
    ]
    assert set(listening) <= {"0100007F", "00000000000000000000000001000000"}
    assert listening
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", port))


def test_the_camera_is_allowed_to_the_page_alone(server):
    found = answer(server.address, "/").headers
    assert re.search(r"camera=\(self\)", found["Permissions-Policy"])


@contextmanager
def another_server(content):
    """Serve a page under another name of this computer, which browsers take for another site's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        yield f"http://other.localhost:{other.server_address[1]}"
        other.shutdown()


def test_a_page_of_another_server_can_neither_frame_nor_read_the_dashboard(browser, server):
    content = f"<iframe src='{server.address}/'></iframe><img src='{server.address}/favicon.png'>"
    with another_server(content) as other, window(browser) as page:
        found = complaints(page)
        page.goto(other, wait_until="load")
        assert any("frame-ancestors" in text for text in found)
        assert page.evaluate("document.querySelector('img').naturalWidth") == 0
        asked = "(address) => fetch(address).then((answer) => answer.status, () => 'refused')"
        assert page.evaluate(asked, f"{server.address}/_stcore/health") == "refused"
        opened = """(address) => new Promise((done) => {
          const socket = new WebSocket(address);
          socket.onopen = () => done("opened");
          socket.onerror = () => done("refused");
        })"""
        stream = re.sub("^http", "ws", server.address) + "/_stcore/stream"
        assert page.evaluate(opened, stream) == "refused"
