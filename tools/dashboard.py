"""Start the dashboard and a browser for the programs and tests that use it as a visitor does."""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from configs.errors import UserError
from configs.paths import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType, Locator, Page

DASHBOARD = ("-m", "streamlit", "run", "streamlit_app.py")
PATIENCE_SECONDS = 240
"""How long to wait for the server and for pages: on a busy machine a first page may take minutes."""

SETTLED = """() => new Promise((done) => {
  const main = document.querySelector("[data-testid=stMain]");
  const moves = ({ playState, effect }) => playState === "running" && effect.getComputedTiming().endTime !== Infinity;
  let before, since;
  const look = () => {
    const moving = document.fonts.status === "loading" || document.getAnimations().some(moves);
    const now = [main?.scrollTop, main?.scrollHeight, scrollX, scrollY, moving].join();
    if (moving || now !== before) since = performance.now();
    before = now;
    if (performance.now() - since > 350) done(true); // for 300 ms after a scroll the viewer ignores the wheel
    else requestAnimationFrame(look);
  };
  look();
})"""


@dataclass(frozen=True)
class Server:
    """A running dashboard."""

    address: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def serving(
    log: Path, environment: Mapping[str, str], program: Sequence[str] = DASHBOARD, python: str = sys.executable
) -> Iterator[Server]:
    """Serve the dashboard on a free port until the block ends, and write its output to ``log``.

    ``environment`` is added to this process's own, and ``--server.port`` to ``program``, the arguments for ``python``.
    Raises ``UserError`` with the end of the output if the server ends or does not respond.
    """
    with socket.socket() as reservation, log.open("wb") as output:
        # The socket stays bound, so that no other process gets the port before the server takes it. It never listens,
        # so the server, which sets SO_REUSEADDR too, can bind the same port.
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reservation.bind(("localhost", 0))
        port = reservation.getsockname()[1]
        command = [python, *program, "--server.port", str(port)]
        variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT)
        try:
            server = Server(f"http://localhost:{port}", process)
            _wait_until_healthy(server, log)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(server: Server, log: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.05)
    raise UserError(f"the dashboard did not start:\n{tail(log)}")


def tail(log: Path) -> str:
    """Return the end of a server's output."""
    return log.read_text(errors="replace")[-5000:]


def launch(browser: "BrowserType", *arguments: str) -> "Browser":
    """Start a headless Chromium: the system's, or else the one that ``playwright install chromium`` downloads."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    executable = next((path for name in names if (path := shutil.which(name))), None)
    options = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", *arguments]
    return browser.launch(executable_path=executable, args=options, timeout=1000 * PATIENCE_SECONDS)


def at_rest(page: "Page") -> None:
    """Wait until the page's script has ended and nothing on the page moves.

    ``wait_for_function`` evaluates an expression anew at every look, which the dashboard's content security policy
    refuses from the second one on; a function such as ``SETTLED`` it evaluates once. Ask for others with ``evaluate``.
    """
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_function(SETTLED)


def place(element: "Locator", x: float, y: float) -> tuple[float, float]:
    """Return the page coordinates of a point of an element, given as fractions of its width and height."""
    box = element.bounding_box()
    assert box, "the element is not on the page"
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


@contextmanager
def compare_page(models: Sequence[str]) -> "Iterator[Page]":
    """Serve the dashboard and open Compare in a browser, with the masks of some models on a sample picture."""
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "server.log", {}) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright.chromium)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        page.goto(f"{server.address}/Compare?models={','.join(models)}&sample=chelsea")
        page.locator(f".viewer[data-models='{len(models)}']").wait_for()
        at_rest(page)
        yield page
        browser.close()


def machine() -> str:
    """Return the name of the processor and its number of cores."""
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
