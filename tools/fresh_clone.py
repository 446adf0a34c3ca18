"""Measure how long it takes from a fresh clone to the first masks: ``python -m tools.fresh_clone``.

It clones the last commit into a temporary folder and serves it with ``make run``, with an empty HOME, so that pip and
Keras have nothing kept. A browser opens Compare on a sample picture as soon as the server answers, and waits for the
masks of the models that it begins with. Then all published models are exported once more, into an empty cache.
"""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import sync_playwright

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from configs.paths import ROOT
from models.inference import cpu
from models.runs import registry
from tools.dashboard import PATIENCE_SECONDS, launch, tail

KEPT = ("PATH", "LANG", "TMPDIR")
"""Variables of the environment that the clone sees, besides those for the network below."""
OF_THE_NETWORK = ("PIP_", "SSL_", "REQUESTS_", "HTTP", "http", "NO_PROXY", "no_proxy")
"""How the names begin of variables that tell pip how to reach its index."""
LONGEST_SECONDS = 1800
READY = "ready for prediction"
"""What ``models.export`` says of each network."""


def environment(home: Path) -> dict[str, str]:
    """Return the variables for a clone whose user has the folder ``home``, and nothing of this environment's Python."""
    own = Path(ROOT / ".venv" / "bin").resolve()
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(OF_THE_NETWORK)}
    folders = [folder for folder in kept.get("PATH", os.defpath).split(os.pathsep) if Path(folder).resolve() != own]
    kept.pop("PIP_CACHE_DIR", None)
    return kept | {"PATH": os.pathsep.join(folders), "HOME": str(home), "PYTHONUNBUFFERED": "1"}


def clone(folder: Path) -> None:
    """Clone the last commit of this repository."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, folder], check=True)  # noqa: S607


def until(reached: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> float:
    """Wait for something, and return the time. Raises ``UserError`` if the process ends or that takes too long."""
    end = time.monotonic() + LONGEST_SECONDS
    while not reached():
        if process.poll() is not None or time.monotonic() > end:
            raise UserError(f"make run did not serve the dashboard:\n{tail(log)}")
        time.sleep(0.05)
    return time.monotonic()


def answers(address: str) -> bool:
    """Return whether a server is healthy."""
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):  # noqa: S310 - our own server
            return True
    except OSError:
        return False


def from_clone_to_masks(folder: Path, variables: Mapping[str, str], published: int) -> dict[str, float]:
    """Return the seconds of each step, with ``published`` networks to export."""
    repository, log = folder / "segdeck", folder / "log"
    with socket.socket() as reservation:
        reservation.bind(("localhost", 0))
        port = reservation.getsockname()[1]
    address = f"http://localhost:{port}"
    with sync_playwright() as playwright, log.open("wb") as output:
        page = launch(playwright.chromium).new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        times = [time.monotonic()]
        clone(repository)
        times.append(time.monotonic())
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],  # noqa: S607
            cwd=repository,
            env=variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            times.append(until((repository / ".venv" / ".serve").exists, process, log))
            times.append(until(lambda: log.read_text(errors="replace").count(READY) >= published, process, log))
            times.append(until(lambda: answers(address), process, log))
            page.goto(f"{address}/Compare?sample=chelsea")
            page.locator(".viewer[data-models]:not([data-models='0'])").wait_for()
            times.append(time.monotonic())
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
    steps = ("cloning", "installing", f"exporting {published} models", "starting the server", "first masks")
    return dict(zip(steps, (later - before for before, later in itertools.pairwise(times)), strict=True))


def export_again(folder: Path, variables: Mapping[str, str]) -> float:
    """Return the seconds of exporting all published models of the clone into an empty cache."""
    start = time.monotonic()
    command = [str(folder / "segdeck" / ".venv" / "bin" / "python"), "-m", "models.export"]
    cache = {"SEGDECK_CACHE": str(folder / "cache")}
    subprocess.run(command, cwd=folder / "segdeck", env={**variables, **cache}, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def main() -> int:
    """Print the table."""
    parser = ArgumentParser(prog="python -m tools.fresh_clone", description="Measure the way from a clone to masks.")
    parser.parse_args()
    if missing := [program for program in ("git", "make") if shutil.which(program) is None]:
        raise UserError(f"{missing[0]} is not installed here; tools.fresh_clone needs it")
    published = sum(one.published for one in registry.runs())
    with tempfile.TemporaryDirectory(prefix="fresh-clone-") as temporary:
        folder = Path(temporary)
        (folder / "home").mkdir()
        variables = environment(folder / "home")
        seconds = from_clone_to_masks(folder, variables, published)
        seconds["all"] = sum(seconds.values())
        seconds["exporting again, into an empty cache"] = export_again(folder, variables)
    print(f"From a clone to the first masks, {cpu.name()}, {os.cpu_count()} cores, {datetime.now(UTC).date()}\n")
    print("| step | seconds |\n|---|---:|")
    print("\n".join(f"| {step} | {value:.1f} |" for step, value in seconds.items()))
    return 0


if __name__ == "__main__":
    run(main)
