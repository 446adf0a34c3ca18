"""Measure what visitors leave behind: ``python -m tools.measure_memory``.

Visitors in a real browser upload photographs, files that are none, and a model; the server's memory is read before,
with, and two minutes after them. It counts from a first visit without uploads on, which loads what every visit needs.
"""

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from configs.command_line import ArgumentParser, run
from models.runs import registry
from tools.benchmark_upload import photograph
from tools.dashboard import PATIENCE_SECONDS, Server, at_rest, launch, machine, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

LEFT_SECONDS = 120
PHOTOGRAPHS = 3
"""Of 12 megapixels, by every visitor."""
REFUSED = 2
"""Files of 45 MB that are no pictures, by every visitor."""


def rss(server: Server) -> int:
    """Return the memory of the server that is not swapped out, in bytes; Linux only."""
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def note(server: Server, when: str) -> int:
    """Print the server's memory and return it."""
    memory = rss(server)
    print(f"{memory / 1e6:6.0f} MB {when}", flush=True)
    return memory


def new_visitor(browser: "Browser", server: Server) -> "Page":
    """Open Compare in a window of its own, with a sample picture."""
    page = browser.new_context().new_page()
    page.set_default_timeout(1000 * PATIENCE_SECONDS)
    names = ",".join(run.name for run in registry.runs() if run.published)  # a photograph of one's own asks all of them
    page.goto(f"{server.address}/Compare?models={names}&sample=chelsea&view=agreement")
    at_rest(page)
    return page


def upload(page: "Page", file: Path, content: bytes, shown: "Locator") -> None:
    """Upload a file, and wait until the page shows what became of it."""
    file.write_bytes(content)
    page.locator("input[type=file]").first.set_input_files(file)
    shown.first.wait_for()
    at_rest(page)


def visit(browser: "Browser", server: Server, folder: Path, seed: int) -> "Page":
    """Upload everything that a visitor uploads, and leave the page open."""
    page = new_visitor(browser, server)
    for number in range(PHOTOGRAPHS):
        content, file = photograph(PHOTOGRAPHS * seed + number), folder / f"photograph_{number}.jpg"
        upload(page, file, content, page.get_by_role("radio", name=file.name))
    for number in range(REFUSED):
        file = folder / f"refused_{number}.jpg"
        upload(page, file, os.urandom(45_000_000), refusal(page, file.name))
    return page


def refusal(page: "Page", name: str) -> "Locator":
    """Return the message that refuses a file."""
    return page.get_by_test_id("stAlert").get_by_text(name)


def upload_model(page: "Page", server: Server, file: Path, megabytes: int) -> None:
    """Upload a file of a model's size that is none."""
    page.goto(f"{server.address}/Models?add=1")
    at_rest(page)
    upload(page, file, bytes(megabytes * 1_000_000), refusal(page, file.name))


def main() -> int:
    """Let visitors come and go, and print the server's memory."""
    parser = ArgumentParser(prog="python -m tools.measure_memory", description="Measure what visitors leave behind.")
    parser.add_argument("--visitors", type=int, default=4, help="how many there are at once (4)")
    parser.add_argument("--model-mb", type=int, default=450, help="size of the model that one uploads (450)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with serving(folder / "server.log", {"SEGDECK_RUNS": name}) as server:
            browser = launch(playwright.chromium)
            note(server, "before anybody came")
            new_visitor(browser, server).context.close()
            time.sleep(LEFT_SECONDS)
            start = note(server, "two minutes after the first visitor, who uploaded nothing: the start")
            pages = [visit(browser, server, folder, seed) for seed in range(options.visitors)]
            note(server, f"with {options.visitors} visitors")
            upload_model(pages[0], server, folder / "model.onnx", options.model_mb)
            note(server, f"with a model of {options.model_mb} MB as well")
            for page in pages:
                page.context.close()
            time.sleep(LEFT_SECONDS)
            end = note(server, "two minutes after the last has left")
            browser.close()
    print(f"{end / start - 1:+.1%} from the start ({machine()})")
    return 0


if __name__ == "__main__":
    run(main)
