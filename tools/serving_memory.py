"""Measure how much memory serving takes, model by model: ``python -m tools.serving_memory``.

For each published model, and for all together, a new server shows a sample picture and its masks on Compare to one
visitor: in the precision with which pages begin, which is int8 for most models on most CPUs, and in the usual one of
the model's own name. The largest memory of the server and the processes it starts is read, and what it has once the
models rest; the networks are exported before.
"""

import os
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from configs.command_line import ArgumentParser, run
from models.inference import cpu, export, quantised
from models.inference.default_int8 import int8_by_default
from models.runs import registry
from models.runs.run import Run
from pages.server.visits import PERIOD
from pages.shared.content.loaded_models import RESTS
from tools.dashboard import launch, serving
from tools.visitors_memory import Memory, open_page


def names(runs: Sequence[Run]) -> tuple[list[str], list[str]]:
    """Return the names with which pages begin, and those of the runs alone."""
    begin = [one.in_precision("int8") if int8_by_default(one) else one for one in runs]
    return [one.name for one in begin], [one.name for one in runs]


def measure(browser: Browser, chosen: list[str]) -> tuple[int, int]:
    """Return the bytes that a new server takes at most with some models, and when they rest."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "server.log", {}) as server:
        memory = Memory(server.process.pid)
        page = open_page(browser, server.address, chosen)
        time.sleep(RESTS + 3 * PERIOD)
        resting = memory.now()
        page.context.close()
    return memory.most, resting


def main() -> int:
    """Print the table."""
    parser = ArgumentParser(prog="python -m tools.serving_memory", description="Measure the memory of serving models.")
    parser.add_argument("models", nargs="*", help="published models (default: each, and all together)")
    asked = parser.parse_args().models
    runs = [registry.find_run(name) for name in asked] or [one for one in registry.runs() if one.published]
    for one in runs:
        export.exported(one)
        if one.quantisation.is_file():
            quantised.quantised(one)
    print(f"Memory of the server in MB, {cpu.name()}, {os.cpu_count()} cores, {datetime.now(UTC).date()}\n")
    print(
        "| As pages begin | at most | at rest | In the usual precision | at most | at rest |\n"
        "|---|---:|---:|---|---:|---:|"
    )
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for group in [runs] if asked else [*([one] for one in runs), runs]:
            cells = []
            for chosen in names(group):
                most, resting = measure(browser, chosen)
                cells += [", ".join(chosen), f"{most / 1e6:,.0f}", f"{resting / 1e6:,.0f}"]
            print(f"| {' | '.join(cells)} |", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    run(main)
