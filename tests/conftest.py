"""What all tests share: the environment they run in, the real data, and the browser.

The environment is set when this file is imported, before any test imports TensorFlow, so that the child processes that
tests start inherit it too.
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
"""Real subsets of the datasets, and ImageNet weights; laid out as the official ones are."""

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # the same arithmetic on every machine
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
# What is built from data or weights is kept under the hash of its sources, so it can be shared with everyday use.
os.environ.setdefault("SEGDECK_CACHE", str(ROOT / ".cache"))

hypothesis.settings.register_profile("default", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=100, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_configure(config: pytest.Config) -> None:
    """Give this session its own empty folder of local runs and of datasets, so that no test sees the user's."""
    folder = tempfile.mkdtemp(prefix="segdeck-tests-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    for variable, name in [("SEGDECK_RUNS", "runs"), ("SEGDECK_DATA", "datasets")]:
        path = Path(folder) / name
        path.mkdir()
        os.environ[variable] = str(path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests were tried a second time: a slow machine may be the reason, or a fault that shows only at times."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first try of {report.nodeid}")
        for title, text in [("what failed", report.longreprtext), *report.sections]:
            terminalreporter.write_sep("-", title)
            terminalreporter.write_line(text)


def _missing(variable: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where ``variable`` says that nothing may be missing, as on the CI machine."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{reason} ({variable}=1 forbids to skip this test)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with the real data, one folder per dataset. It is only ever read."""
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
    """Start a headless Chromium: the system's, else the one that ``playwright install chromium`` downloads."""
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
