"""Measure what visitors with enormous pictures cost the server: ``python -m tools.visitors_memory MODEL ...``.

Real browser windows upload tiny files of 50 megapixels to a served Compare page at the same time, and wait until the
masks of all models are drawn; with ``--zip`` each then has its zip made. The server's memory is read from the
operating system, with that of the processes it has started.
"""

import io
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from configs.command_line import ArgumentParser, run
from tools.dashboard import PATIENCE_SECONDS, launch, machine, serving

SIZE = (10_000, 5000)
"""Width and height: 50 megapixels."""


class Memory:
    """The resident memory of a process and its children, in bytes, and the largest that was seen."""

    def __init__(self, process: int) -> None:
        self.process, self.most = process, 0
        threading.Thread(target=self._watch, daemon=True).start()

    def now(self) -> int:
        """Read it."""
        return sum(map(_resident, [self.process, *_children(self.process)]))

    def _watch(self) -> None:
        while Path(f"/proc/{self.process}").exists():
            self.most = max(self.most, self.now())
            time.sleep(0.05)


def _resident(process: int) -> int:
    try:
        return 4096 * int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0


def _children(process: int) -> list[int]:
    try:
        found = [file.read_text() for file in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for child in " ".join(found).split()]


def picture(number: int) -> FilePayload:
    """Return a picture of one colour, another one for each number."""
    content = io.BytesIO()
    Image.new("RGB", SIZE, (number * 40 % 256, 90, 160)).save(content, "WEBP", lossless=True, method=0, quality=0)
    return FilePayload(name=f"{number}.webp", mimeType="image/webp", buffer=content.getvalue())


def open_page(browser: Browser, address: str, models: list[str]) -> Page:
    """Open Compare with some models on a sample picture, in a window of its own."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(4000 * PATIENCE_SECONDS)
    page.goto(f"{address}/Compare?models={','.join(models)}&sample=chelsea")
    page.locator(f".viewer[data-models='{len(models)}']").wait_for()
    return page


def upload(pages: list[Page], models: int) -> None:
    """Upload a picture in each page, and wait until all masks of all are drawn."""
    before = [str(page.locator(".viewer").get_attribute("data-picture")) for page in pages]
    files = [picture(number) for number in range(len(pages))]
    for page, file in zip(pages, files, strict=True):
        page.locator("input[type=file]").first.set_input_files(file)
    for page, old in zip(pages, before, strict=True):
        page.locator(f".viewer[data-models='{models}']:not([data-picture='{old}'])").wait_for()


def make_zips(pages: list[Page]) -> None:
    """Have the zip of each page made."""
    for page in pages:
        page.get_by_role("tab", name="Take away").click()
        page.get_by_role("button", name="Prepare the zip").click()
    for page in pages:
        page.get_by_text("Save the zip").wait_for()


def report(what: str, memory: Memory, start: int, work: Callable[[], object]) -> None:
    """Do some work, and print what it cost at most."""
    memory.most, begun = 0, time.monotonic()
    work()
    peak, seconds = memory.most, time.monotonic() - begun
    print(f"| {what} | {peak / 1e6:,.0f} | {(peak - start) / 1e6:+,.0f} | {seconds:.0f} |", flush=True)


def main() -> int:
    """Print the table."""
    parser = ArgumentParser(prog="python -m tools.visitors_memory", description="Measure what visitors cost at most.")
    parser.add_argument("models", nargs="+", help="published models or runs")
    parser.add_argument("--visitors", type=int, default=5, help="how many (5)")
    parser.add_argument("--zip", action="store_true", help="make each visitor's zip, too")
    arguments = parser.parse_args()
    models = arguments.models
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "server.log", {}) as server,
        sync_playwright() as playwright,
    ):
        browser, memory = launch(playwright.chromium), Memory(server.process.pid)
        pages = [open_page(browser, server.address, models) for _ in range(arguments.visitors)]
        start = memory.now()
        print(f"{len(pages)} visitors, {', '.join(models)}, {machine()}\n")
        print("| | MB | over the start | seconds |\n|---|---:|---:|---:|")
        print(f"| Models loaded, a small picture shown | {start / 1e6:,.0f} | | |", flush=True)
        report(
            "Pictures of 50 megapixels, until all masks are drawn", memory, start, lambda: upload(pages, len(models))
        )
        if arguments.zip:
            report("Their zips", memory, start, lambda: make_zips(pages))
        browser.close()
        report("Two minutes after the last has left, at most", memory, start, lambda: time.sleep(120))
        print(f"| Then | {memory.now() / 1e6:,.0f} | {(memory.now() - start) / 1e6:+,.0f} | |")
    return 0


if __name__ == "__main__":
    run(main)
