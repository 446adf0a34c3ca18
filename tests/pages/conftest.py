"""Set up a dashboard to test: tiny models, and a server that a real browser can open."""

import functools
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner

from configs import paths, schema
from configs.paths import ROOT
from models.runs import registry
from models.runs.run import Run
from tests.data.conftest import own_cache, tiny_data  # noqa: F401 - fixtures
from tests.pages.prepared import datasets_here, prepared_data  # noqa: F401 - fixtures
from tools import dashboard
from tools.dashboard import PATIENCE_SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

T = TypeVar("T")
OPEN: "list[Page]" = []
"""Pages that are open in the browser."""
LOGS: list[Path] = []
"""Logs of the servers that are running."""
CHANGES = ["data.image_size=[32, 48]", "model.filters=[8, 16]"]

# Each AppTest asks all installed packages for components, which takes a quarter of a second; they stay the same.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
# After every run of a script Streamlit clears Keras's session, in up to a second, where Keras is loaded: never in the
# server, but here, where it makes the networks of the tests.
script_runner._clean_problem_modules = lambda: None


@dataclass(frozen=True)
class Server:
    """A running dashboard."""

    address: str
    process: "subprocess.Popen[bytes]"
    modules_file: Path

    def modules(self) -> set[str]:
        """Return the names of all modules that the server process has imported."""
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
    """Wait until ``read`` returns the expected value; fail with its last value if it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (found := read()) != expected and time.monotonic() < end:
        time.sleep(0.05)
    assert found == expected


def make_run(folder: Path, config: str, changes: list[str], seed: int) -> Run:
    """Write a run of a small untrained network whose predictions vary within a picture."""
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
    """Return the name of a published model for pets, or of the untrained one if there is none."""
    suited = [run.name for run in registry.runs() if run.published and run.dataset.kind == "pet"]
    return suited[0] if suited else "tiny_pets"


@pytest.fixture
def runs(runs_folder, monkeypatch) -> Path:
    """Use the untrained runs as the local runs of this test."""
    monkeypatch.setenv("SEGDECK_RUNS", str(runs_folder))
    return runs_folder


@pytest.fixture
def no_models(tmp_path, monkeypatch) -> Path:
    """Hide all models and return the empty folder of local runs."""
    for name in ("zoo", "runs"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(paths, "zoo_dir", lambda: tmp_path / "zoo")
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@contextmanager
def serving(
    runs_folder: Path, folder: Path, script: str = "streamlit_app.py", environment: Mapping[str, str] = {}
) -> Iterator[Server]:
    """Serve the dashboard, or another script, on a free port until the block ends; ``folder`` takes its log."""
    modules, log = folder / "modules.txt", folder / "server.log"
    environment = {"SEGDECK_RUNS": str(runs_folder), "SEGDECK_TEST_MODULES": str(modules), **environment}
    program = [str(Path(__file__).with_name("serve.py")), script]
    LOGS.append(log)
    try:
        with dashboard.serving(log, environment, program) as running:
            yield Server(running.address, running.process, modules)
    except BaseException:
        print(log_tail(log))
        raise
    finally:
        LOGS.remove(log)


@pytest.fixture(scope="session")
def server(runs_folder, tmp_path_factory) -> Iterator[Server]:
    """Serve the dashboard for all tests that do not need a fresh server."""
    with serving(runs_folder, tmp_path_factory.mktemp("server")) as server:
        yield server


@contextmanager
def window(browser: "Browser", width: int = 1280, height: int = 900, **options) -> "Iterator[Page]":
    """Open a page in a browser window of its own, with long timeouts."""
    with browser.new_context(viewport={"width": width, "height": height}, **options) as context:
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        page = context.new_page()
        OPEN.append(page)
        try:
            yield page
        except BaseException:
            print(snapshot(page))
            raise
        finally:
            OPEN.remove(page)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Retry a browser test once if the machine was too slow for it, and allow enough time for both attempts."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=[r"^TimeoutError: (Page|Locator|Frame)\."]))
            item.add_marker(pytest.mark.timeout(1200))


def snapshot(page: "Page") -> str:
    """Describe what a page shows, for the report of a failed test."""
    try:
        return f"{page.url} shows:\n{page.locator('body').aria_snapshot(timeout=10_000)}"
    except Exception as error:  # noqa: BLE001 - it must not hide why the test failed
        return f"{page.url} cannot be described: {error}"


def log_tail(log: Path) -> str:
    """Return the end of a server's log, for the report of a failed test."""
    return f"{log} ends with:\n{dashboard.tail(log)}"


def pytest_exception_interact(report: pytest.TestReport) -> None:
    """Add to the report what open pages of fixtures show and what their servers logged."""
    report.sections += [("a page", snapshot(page)) for page in OPEN] + [("a server", log_tail(log)) for log in LOGS]


@pytest.fixture
def open_page(browser: "Browser", server) -> "Iterator[Callable[..., Page]]":
    """Return a function that opens an address of the dashboard in a browser window of its own."""
    with ExitStack() as stack:

        def open_page(path: str, **options) -> "Page":
            page = stack.enter_context(window(browser, **options))
            page.goto(server.address + path)
            return page

        yield open_page
