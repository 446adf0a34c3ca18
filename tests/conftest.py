"""Set up what all tests share: the environment, the order, the real data, and the browser.

The environment is set when this file is imported, before any test imports TensorFlow; child processes inherit it.
"""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hypothesis
import pytest

from configs.paths import ROOT
from tools import dashboard

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHARED = Path(os.environ.get("SEGDECK_SHARED", ROOT.parent / "shared"))
"""Real subsets of the datasets in their official layout, and ImageNet weights."""

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # the same arithmetic on every machine
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Built datasets and exports are stored under the hash of their sources, so tests can share the cache of everyday use.
os.environ.setdefault("SEGDECK_CACHE", str(ROOT / ".cache"))

LONGEST = (
    "tests/models/test_zoo.py",
    "tests/test_command_lines.py",
    "tests/docs/test_guides.py",
    "tests/pages/models/add_model/test_page.py",
    "tests/models/inference/test_predictor.py",
    "tests/train/test_trainer.py",
    "tests/models/inference/test_export.py",
    "tests/train/test_main.py",
)
"""The files that take longest, the longest first. They start first, so that no worker is left with one at the end."""

hypothesis.settings.register_profile("default", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_configure(config: pytest.Config) -> None:
    """Give this session its own empty folders of runs and datasets, so that no test sees the user's."""
    folder = tempfile.mkdtemp(prefix="segdeck-tests-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    for variable, name in [("SEGDECK_RUNS", "runs"), ("SEGDECK_DATA", "datasets")]:
        path = Path(folder) / name
        path.mkdir()
        os.environ[variable] = str(path)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest files, then those that open a browser; ``make test`` hands files out in this order."""
    ranks = {ROOT / name: rank for rank, name in enumerate(LONGEST)}
    if missing := [str(path) for path in ranks if not path.is_file()]:
        raise pytest.UsageError(f"LONGEST in tests/conftest.py names files that are not there: {', '.join(missing)}")

    def rank(item: pytest.Item) -> int:
        return ranks.get(item.path, len(ranks) + (item.get_closest_marker("browser") is None))

    items.sort(key=rank)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report why tests were retried: the machine may have been slow, or there is an intermittent fault."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first try of {report.nodeid}")
        for title, text in [("what failed", report.longreprtext), *report.sections]:
            terminalreporter.write_sep("-", title)
            terminalreporter.write_line(text)


def _missing(variable: str, reason: str) -> NoReturn:
    """Skip the test, or fail it if ``variable`` is set, as on the CI machine."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{reason} ({variable}=1 forbids skipping this test)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with the real data, one folder per dataset; read-only."""
    if not (SHARED / "data").is_dir():
        _missing(
            "SEGDECK_REQUIRE_SHARED", f"needs the real data in {SHARED / 'data'} (SEGDECK_SHARED names its parent)"
        )
    return SHARED / "data"


@pytest.fixture(scope="session")
def shared_weights() -> Path:
    """Return the file with the ImageNet weights of the MobileNetV2 encoder."""
    files = sorted((SHARED / "weights").glob("mobilenet_v2_*.weights.h5"))
    if not files:
        _missing("SEGDECK_REQUIRE_SHARED", f"needs MobileNetV2 weights in {SHARED / 'weights'}")
    return files[0]


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Start a headless Chromium."""
    if not importlib.util.find_spec("playwright"):
        _missing("SEGDECK_REQUIRE_BROWSER", "needs playwright: pip install -r requirements-dev.txt")
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = dashboard.launch(playwright.chromium)
        except Error as error:
            reason = str(error).strip().splitlines()[0]
            _missing(
                "SEGDECK_REQUIRE_BROWSER",
                f"needs Chromium ({reason}): run `apt-get install chromium`"
                " or `.venv/bin/playwright install --with-deps chromium`",
            )
        yield browser
        browser.close()
