"""Measure how much memory serving takes, model by model: ``python -m tools.serving_memory``.

For each published model, and for all together, a new server shows a sample picture and its masks on Compare to one
visitor. The largest memory of the server and the processes it starts is read, and what it keeps; the networks are
exported before.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from configs.command_line import ArgumentParser, run
from models.inference import export
from models.runs import registry
from tools.dashboard import launch, machine, serving
from tools.visitors_memory import Memory, open_page


def main() -> int:
    """Print the table."""
    parser = ArgumentParser(prog="python -m tools.serving_memory", description="Measure the memory of serving models.")
    parser.add_argument("models", nargs="*", help="published models (default: each, and all together)")
    models = parser.parse_args().models
    known = [one.name for one in registry.runs() if one.published]
    for name in models or known:
        export.exported(registry.find_run(name))
    print(f"Memory of the server in MB, {machine()}\n")
    print("| Model | at most | kept |\n|---|---:|---:|")
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for chosen in [models] if models else [*([name] for name in known), known]:
            with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "server.log", {}) as server:
                memory = Memory(server.process.pid)
                page = open_page(browser, server.address, chosen)
                kept = memory.now()
                page.context.close()
            print(f"| {', '.join(chosen)} | {memory.most / 1e6:,.0f} | {kept / 1e6:,.0f} |", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    run(main)
