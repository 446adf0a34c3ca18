"""Takes the screenshots of the dashboard that the README shows: ``python -m tools.screenshots``.

They show sample pictures and published models only. It needs what ``requirements-dev.txt`` installs, and Chromium.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from configs.paths import ROOT

SHOTS: dict[str, tuple[str, dict[str, Any]]] = {
    "compare": ("/Compare?models={models}&sample={sample}", {"viewport": {"width": 1280, "height": 960}}),
    "compare_dark": (
        "/Compare?models={models}&sample={sample}",
        {"viewport": {"width": 1280, "height": 960}, "color_scheme": "dark"},
    ),
    "compare_phone": (
        "/Compare?models={models}&sample={sample}",
        {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    ),
    "training": ("/Training", {"viewport": {"width": 1280, "height": 1000}}),
    "evaluation": ("/Evaluation?dataset=oxford_iiit_pet", {"viewport": {"width": 1280, "height": 1000}}),
    "datasets": ("/Datasets?dataset=voc2012", {"viewport": {"width": 1280, "height": 1000}}),
    "models": ("/Models?model={model}&view=Layers", {"viewport": {"width": 1280, "height": 1000}}),
    "overview": ("/", {"viewport": {"width": 1280, "height": 1000}}),
}
"""File name, address in the dashboard, and the browser's window."""


def main() -> int:
    """Take all screenshots."""
    parser = ArgumentParser(prog="python -m tools.screenshots", description="Take the screenshots of the dashboard.")
    parser.add_argument(
        "--models",
        default="pets_unet_wide,voc_mobilenetv2_pix2pix",
        help="models to show, separated by commas (%(default)s)",
    )
    parser.add_argument("--sample", default="chelsea", help="name of the sample picture (%(default)s)")
    parser.add_argument(
        "--output", type=Path, default=ROOT / "docs" / "images", help="folder to write to (%(default)s)"
    )
    parser.add_argument("--only", nargs="+", choices=SHOTS, default=list(SHOTS), help="the ones to take (default: all)")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox", "--disable-gpu"])
        for name in arguments.only:
            path, window = SHOTS[name]
            file = arguments.output / f"{name}.png"
            take(
                browser,
                address
                + path.format(models=arguments.models, model=arguments.models.split(",")[0], sample=arguments.sample),
                window,
                file,
            )
            print(file)
        browser.close()
    return 0


def take(browser: Browser, address: str, window: dict[str, Any], file: Path) -> None:
    """Write a screenshot of one page, once all of it is there."""
    context = browser.new_context(**window)
    page = context.new_page()
    page.goto(address)
    if "/Compare" in address:
        page.locator(".viewer[data-models]").wait_for(timeout=180_000)
        messages = page.locator(".stAlert p").all_inner_texts()
        if messages:
            raise UserError(f"{address} shows a message: {messages[-1]}")
    else:
        page.locator("[data-testid=stDataFrame]").first.wait_for(timeout=60_000)
    page.wait_for_timeout(2500)  # fonts, and what tables and charts draw themselves
    page.screenshot(path=file)
    context.close()


@contextmanager
def serving() -> Iterator[str]:
    """Serve the dashboard on a free port, without local runs and datasets, and yield its address."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    address = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory() as no_runs:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)],
            cwd=ROOT,
            # Without runs of one's own, and without the datasets: their photographs must not get into a screenshot.
            env=os.environ | {"SEGDECK_RUNS": os.environ.get("SEGDECK_RUNS", no_runs), "SEGDECK_DATA": no_runs},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(address, server)
            yield address
        finally:
            server.terminate()
            server.wait()


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait until the server answers."""
    for _ in range(300):
        if server.poll() is not None:
            raise UserError("the dashboard did not start; run `streamlit run streamlit_app.py` to see why")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.2)
    raise UserError(f"the dashboard does not answer on {address}")


def _chromium() -> str | None:
    """Return the system's Chromium, or None for the one that Playwright downloads."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


if __name__ == "__main__":
    run(main)
