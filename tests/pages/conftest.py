"""A dashboard to test: tiny models, and a server that a real browser can open."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest

from configs import paths, schema
from configs.paths import ROOT
from models.runs import registry
from models.runs.run import Run
from tests.data.conftest import own_cache, tiny_data  # noqa: F401 - fixtures
from tests.pages.prepared import datasets_here, prepared_data  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

T = TypeVar("T")
PATIENCE_SECONDS = 240
"""How long a test waits for what it looks at; on a machine with other work a first page may take minutes."""
REST = """() => new Promise((done) => {
  const main = document.querySelector("[data-testid=stMain]");
  const moves = ({ playState, effect }) => playState === "running" && effect.getComputedTiming().endTime !== Infinity;
  let before, since;
  const look = () => {
    const moving = document.fonts.status === "loading" || document.getAnimations().some(moves);
    const now = [main?.scrollTop, main?.scrollHeight, scrollX, scrollY, moving].join();
    if (moving || now !== before) since = performance.now();
    before = now;
    if (performance.now() - since > 350) done(true); // the viewer takes a wheel for scrolling until 300 ms after that
    else requestAnimationFrame(look);
  };
  look();
})"""
OPEN: "list[Page]" = []
"""The pages that are open in the browser."""
LOGS: list[Path] = []
"""What the servers that are running have said."""
CHANGES = ["data.image_size=[32, 48]", "model.filters=[8, 16]"]


@dataclass(frozen=True)
class Server:
    """A running dashboard."""

    address: str
    process: "subprocess.Popen[bytes]"
    modules_file: Path

    def modules(self) -> set[str]:
        """Ask the serving process for the names of all modules it has imported."""
        self.modules_file.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        wait_until(self.modules_file.exists)
        return set(self.modules_file.read_text().split("\n"))


def wait_until(done: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"still waiting after {seconds} s"
        time.sleep(0.05)


def wait_for(expected: T, read: Callable[[], T]) -> None:
    """Wait until ``read`` returns what is expected; if it never does, the test fails with what it returns instead."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (found := read()) != expected and time.monotonic() < end:
        time.sleep(0.05)
    assert found == expected


def at_rest(page: "Page") -> None:
    """Wait until the script has ended and nothing moves any more, so that a place on the page stays where it is."""
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_function(REST)


def make_run(folder: Path, config: str, changes: list[str], seed: int) -> Run:
    """Write a run of a small untrained network whose answers vary over a picture."""
    from models import architectures
    from models.runs import weights

    experiment = schema.load(ROOT / "configs" / config, [*changes, f"name={folder.name}"])
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(schema.dump(experiment))
    run = Run(folder, published=False)
    network = architectures.build(experiment, len(run.label_space))
    rng = np.random.default_rng(seed)
    for weight in network.weights:
        weight.assign(rng.normal(0, 1.8 / np.sqrt(np.prod(weight.shape[:3]) + 1), weight.shape))
    weights.save(network, run.weights)
    return run


@pytest.fixture(scope="session")
def runs_folder(tmp_path_factory) -> Path:
    """Return a folder with two untrained runs of different label spaces."""
    folder = tmp_path_factory.mktemp("runs")
    make_run(folder / "tiny_pets", "pets_unet.yaml", CHANGES, seed=1)
    make_run(folder / "tiny_street", "camvid_unet.yaml", CHANGES, seed=2)
    return folder


@pytest.fixture(scope="session")
def pets_model(runs_folder) -> str:
    """Return the name of a published model for pets, else of the untrained one."""
    suited = [run.name for run in registry.runs() if run.published and run.dataset.kind == "pet"]
    return suited[0] if suited else "tiny_pets"


@pytest.fixture
def runs(runs_folder, monkeypatch) -> Path:
    """Make the untrained runs the local ones of this test."""
    monkeypatch.setenv("SEGDECK_RUNS", str(runs_folder))
    return runs_folder


@pytest.fixture
def no_models(tmp_path, monkeypatch) -> Path:
    """Take away all models and return the folder where local ones would be."""
    for name in ("zoo", "runs"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@contextmanager
def serving(runs_folder: Path, folder: Path, script: str = "streamlit_app.py") -> Iterator[Server]:
    """Serve the dashboard, or a script of its own, on a free port until the block ends."""
    modules = folder / "modules.txt"
    environment = os.environ | {"SEGDECK_RUNS": str(runs_folder), "SEGDECK_TEST_MODULES": str(modules)}
    environment |= {"PYTHONPATH": str(ROOT)}
    with ExitStack() as stack:
        # Held until the end, so that nobody else is given the port before the server takes it. Nobody listens on it, so
        # the server, which reuses addresses as well, may.
        held = stack.enter_context(socket.socket())
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("localhost", 0))
        port = held.getsockname()[1]
        command = [sys.executable, str(Path(__file__).with_name("serve.py")), str(port), script]
        log = stack.enter_context((folder / "server.log").open("wb"))
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        stack.callback(end, process)
        server = Server(f"http://localhost:{port}", process, modules)

        def healthy() -> bool:
            assert process.poll() is None, (folder / "server.log").read_text()
            try:
                with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        LOGS.append(folder / "server.log")
        stack.callback(LOGS.remove, folder / "server.log")
        try:
            wait_until(healthy)
            yield server
        except BaseException:
            print(told(folder / "server.log"))
            raise


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and make it if it does not."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def server(runs_folder, tmp_path_factory) -> Iterator[Server]:
    """Serve the dashboard for all tests that do not need a fresh server."""
    with serving(runs_folder, tmp_path_factory.mktemp("server")) as server:
        yield server


@contextmanager
def window(browser: "Browser", width: int = 1280, height: int = 900, **options) -> "Iterator[Page]":
    """Open a page in a browser window of its own, which waits patiently for what a test looks at."""
    with browser.new_context(viewport={"width": width, "height": height}, **options) as context:
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        page = context.new_page()
        OPEN.append(page)
        try:
            yield page
        except BaseException:
            print(described(page))
            raise
        finally:
            OPEN.remove(page)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a test in the browser a second try if the machine was too slow for it, and the time for both."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=[r"^TimeoutError: (Page|Locator|Frame)\."]))
            item.add_marker(pytest.mark.timeout(1200))


def described(page: "Page") -> str:
    """Say what a page shows, for whoever reads why a test failed on another machine."""
    try:
        return f"{page.url} shows:\n{page.locator('body').aria_snapshot(timeout=10_000)}"
    except Exception as error:  # noqa: BLE001 - it must not hide why the test failed
        return f"{page.url} shows nothing that can be told: {error}"


def told(log: Path) -> str:
    """Return the end of what a server has said."""
    return f"{log} ends with:\n{log.read_text()[-5000:]}"


def pytest_exception_interact(report: pytest.TestReport) -> None:
    """Add what the pages show that fixtures opened and that are still there, and what their servers have said."""
    report.sections += [("a page", described(page)) for page in OPEN] + [("a server", told(log)) for log in LOGS]


@pytest.fixture
def open_page(browser: "Browser", server) -> "Iterator[Callable[..., Page]]":
    """Return what opens an address of the dashboard in a browser window of its own."""
    with ExitStack() as stack:

        def open_page(path: str, **options) -> "Page":
            page = stack.enter_context(window(browser, **options))
            page.goto(server.address + path)
            return page

        yield open_page
