"""Keep the dashboard busy for an hour: ``make soak``, or ``python -m tools.soak --minutes 5``.

Visitors in a real browser, each in a window of its own, wander over the pages, upload photographs, logs and files that
are none, and switch models, while run folders beside theirs break and are mended. They look at what they see for a
while before they go on: the windows share the processor with the server and take most of it, so without a pause the
report tells how long browsers take. It says how long masks took, whether a page or the log told of a bug, how long the
server was silent, and how its memory grew.
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import async_playwright

from configs.command_line import ArgumentParser, run
from configs.paths import zoo_dir
from tools.dashboard import Server, machine, serving
from tools.measure_memory import rss
from tools.soak_report import Report
from tools.soak_visits import wander

TOLD_EVERY = 300.0
"""Seconds between two interim reports."""
SILENCE = 5.0
"""Seconds without an answer to a request for a file, from which on the server counts as hanging."""


async def soak(server: Server, visitors: int, seconds: float, pause: float, runs: Path, log: Path) -> Report:
    """Let visitors wander for some seconds, ``pause`` seconds at a time on average, and return what was seen."""
    report, end = Report(), time.monotonic() + seconds
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=yielding_browser(runs.parent),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        tasks = [asyncio.create_task(wander(browser, server, seed, end, pause, report)) for seed in range(visitors)]
        tasks += [
            asyncio.create_task(_watch(server, end, report)),
            asyncio.create_task(_tell(end, report)),
            asyncio.create_task(_break_things(runs, end, report)),
        ]
        await asyncio.gather(*tasks)
        await browser.close()
    if count := log.read_text(errors="replace").count("Traceback (most recent call last)"):
        report.problems.append(f"{count} tracebacks in the server's log")
    return report


def yielding_browser(folder: Path) -> Path | None:
    """Write a program that starts the system's Chromium so that it leaves the processor to the server, if it can.

    Visitors' windows run on their own computers, not on the server's. Started by root, Chromium even raises its
    priority.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next((path for name in names if (path := shutil.which(name))), None)
    if executable is None or not (nice := shutil.which("nice")) or not (setpriv := shutil.which("setpriv")):
        return None if executable is None else Path(executable)
    program = folder / "browser"
    program.write_text(f'#!/bin/sh\nexec {nice} -n 10 {setpriv} --bounding-set -sys_nice {executable} "$@"\n')
    program.chmod(0o755)
    return program


async def _watch(server: Server, end: float, report: Report) -> None:
    """Note the server's memory, and how long it takes to answer at all."""
    start, used = time.monotonic(), _processor_seconds(server)
    host, port = server.address.removeprefix("http://").split(":")
    while time.monotonic() < end:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET /_stcore/health HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
        await reader.read()
        writer.close()
        waited = time.monotonic() - began
        report.answers.append(waited)
        if waited > SILENCE:
            report.problems.append(f"no answer for {waited:.1f} s")
        report.memory.append((time.monotonic() - start, rss(server)))
        report.busy = (_processor_seconds(server) - used) / (time.monotonic() - start)
        await asyncio.sleep(1)


def _processor_seconds(server: Server) -> float:
    """Return for how long the server has computed, on all cores together."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _tell(end: float, report: Report) -> None:
    """Say on standard error how it goes, every few minutes, and what went wrong."""
    start, told = time.monotonic(), 0
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(TOLD_EVERY, left))
        print(f"after {(time.monotonic() - start) / 60:.0f} minutes:", *report.lines(), sep="\n", file=sys.stderr)
        print(*(f"  - {problem}" for problem in report.problems[told:]), sep="\n", file=sys.stderr, flush=True)
        told = len(report.problems)


async def _break_things(runs: Path, end: float, report: Report) -> None:
    """Damage a run, mend it, and put folders beside it that are none."""
    source = zoo_dir() / "pets_unet"
    faults: tuple[Callable[[Path], object], ...] = (
        lambda run: (run / "evaluation.json").write_text('{"schema": 1, "val": {"miou": 7.5}}'),
        lambda run: (run / "history.csv").write_text("epoch,loss\n" + "9" * 400 + ",1\n"),
        lambda run: (run / "config.yaml").write_text("name: [" * 2000),
        lambda run: (run / "status.json").write_text(json.dumps({"state": "running", "epoch": 10**400})),
        lambda run: (run / "model.weights.h5").write_bytes(b"\0" * 1000),
        lambda run: (run / "config.yaml").unlink(),
        lambda run: (runs / os.fsdecode(b"k\xe9s")).mkdir(exist_ok=True),
    )
    number = 0
    while time.monotonic() < end:
        run = runs / "soaked"
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(source, run)
        await asyncio.sleep(5)
        faults[number % len(faults)](run)
        report.done["faults"] += 1
        number += 1
        await asyncio.sleep(5)


def main() -> int:
    """Run the command line; the exit code is 1 if there were problems."""
    parser = ArgumentParser(prog="python -m tools.soak", description="Keep the dashboard busy and watch it.")
    parser.add_argument("--minutes", type=float, default=60, help="(default: 60)")
    parser.add_argument("--visitors", type=int, default=8, help="at the same time (default: 8)")
    parser.add_argument(
        "--pause", type=float, default=10, help="seconds between a visitor's steps on average (default: 10)"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        runs, log = Path(name) / "runs", Path(name) / "server.log"
        runs.mkdir()
        with serving(log, {"SEGDECK_RUNS": str(runs)}) as server:
            report = asyncio.run(soak(server, arguments.visitors, 60 * arguments.minutes, arguments.pause, runs, log))
    visits = f"{arguments.visitors} visitors for {arguments.minutes:g} minutes, pausing for {arguments.pause:g} s"
    print(f"{visits}, {machine()}\n")
    print("\n".join(report.lines()))
    for problem in report.problems[:50]:
        print(f"  - {problem}")
    return 1 if report.problems else 0


if __name__ == "__main__":
    run(main)
