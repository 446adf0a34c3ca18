"""Keep the dashboard busy for an hour: ``make soak``, or ``python -m tools.soak --minutes 5``.

Visitors in a real browser, each in a window of its own, wander over the pages, upload photographs, logs and files that
are none, and switch models, while run folders beside theirs break and are mended. They look at what they see for a
while before they go on: the windows share the processor with the server and take most of it, so without a pause the
report tells how long browsers take. It says how long masks took, whether a page or the log told of a bug, how long the
server was silent, and how its memory grew.
"""

import asyncio
import io
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.async_api import Error, FilePayload, async_playwright

from configs.command_line import ArgumentParser, run
from configs.paths import zoo_dir
from data import samples
from models.runs.run import BETWEEN
from tools.benchmark_upload import LISTEN, WAIT
from tools.dashboard import PATIENCE_SECONDS, Server, machine, serving
from tools.measure_memory import rss

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PAGES = ("Overview", "Training", "Evaluation", "Datasets", "Models", "Video")
TITLES = {"Overview": "Models"}
"""Headings of pages that differ from their links."""
RUNS = ("pets_unet", "pets_unet_wide", "voc_mobilenetv2_pix2pix")
MODELS = (*RUNS, *(f"{name}{BETWEEN}int8" for name in RUNS))
MOST_MODELS = 3
SWITCHES = 0.3
"""How likely a visitor wants other models for the next photograph."""
WARM_UP = 600.0
"""Seconds after which the memory should have settled."""
BUG = "because of an error in SegDeck"
MASKS_SECONDS = 60.0
"""How long a visitor waits for masks."""
TOLD_EVERY = 300.0
"""Seconds between two interim reports."""
SILENCE = 5.0
"""Seconds without an answer to a request for a file, from which on the server counts as hanging."""


@dataclass
class Report:
    """What was seen: times in seconds, memory in bytes with the seconds since the start."""

    masks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    busy: float = 0.0
    """Cores that the server kept busy on average."""
    done: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def growth(self) -> float | None:
        """Return by what share the memory grew since it had settled; None if the run was too short."""
        settled = [memory for when, memory in self.memory if WARM_UP <= when <= WARM_UP + 120]
        last = [memory for when, memory in self.memory if when >= self.memory[-1][0] - 120]
        return statistics.median(last) / statistics.median(settled) - 1 if settled else None

    def lines(self) -> list[str]:
        """Return the report in Markdown."""
        growth = self.growth()
        masks = sorted(self.masks) or [float("nan")]
        middle, most = statistics.median(masks), masks[int(0.95 * (len(masks) - 1))]
        grown = "the run was too short to tell" if growth is None else f"{growth:+.1%}"
        peak = max((memory for _, memory in self.memory), default=0)
        done = ", ".join(f"{count:,} {what}" for what, count in sorted(self.done.items()))
        return [
            f"- done: {done}",
            f"- upload to masks: median {middle:.2f} s, p95 {most:.2f} s, worst {masks[-1]:.2f} s",
            f"- longest silence of the server: {max(self.answers, default=0):.2f} s; it kept {self.busy:.2f} cores busy",
            f"- memory: at most {peak / 1e6:.0f} MB; growth after ten minutes: {grown}",
            f"- problems: {len(self.problems)}",
        ]


async def soak(server: Server, visitors: int, seconds: float, pause: float, runs: Path, log: Path) -> Report:
    """Let visitors wander for some seconds, ``pause`` seconds at a time on average, and return what was seen."""
    report, end = Report(), time.monotonic() + seconds
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=yielding_browser(runs.parent),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        tasks = [asyncio.create_task(_wander(browser, server, seed, end, pause, report)) for seed in range(visitors)]
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


async def _wander(browser: "Browser", server: Server, seed: int, end: float, pause: float, report: Report) -> None:
    """Do what a visitor does until the time is up; now and then as somebody new."""
    choose = random.Random(seed)  # noqa: S311 - the same visits with the same seed
    number = 0
    while time.monotonic() < end:
        context = await browser.new_context(reduced_motion="reduce")
        page = await context.new_page()
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        try:
            for _ in range(choose.randint(3, 12)):
                if time.monotonic() > end:
                    break
                number += 1
                await _step(page, server, choose, 1000 * seed + number, report)
                if await page.get_by_text(BUG).count():
                    report.problems.append(f"{page.url} told of a bug")
                await asyncio.sleep(choose.uniform(0, 2 * pause))
        except Error as error:
            report.problems.append(f"{page.url}: {str(error).splitlines()[0]}")
        await context.close()


async def _step(page: "Page", server: Server, choose: random.Random, number: int, report: Report) -> None:
    steps: dict[str, Callable[[], Awaitable[None]]] = {
        "pages": lambda: _visit(page, server, choose.choice(PAGES)),
        "photographs": lambda: _photograph(page, server, choose, number, report),
        "files that are none": lambda: _no_picture(page, server, choose, number),
        "logs": lambda: _log(page, server, number),
    }
    what = choose.choices(list(steps), (4, 6, 1, 1))[0]
    await steps[what]()
    report.done[what] += 1


async def _open(page: "Page", address: str) -> None:
    await page.goto(address)
    await page.locator("[data-test-script-state=notRunning]").wait_for()


async def _visit(page: "Page", server: Server, title: str) -> None:
    """Turn to another page by its link, or open the dashboard with it."""
    link = page.locator(".st-key-navigation").get_by_role("link", name=title, exact=True)
    if await link.count():
        await link.click()
        await page.get_by_role("heading", name=TITLES.get(title, title), exact=True).wait_for()
        await page.locator("[data-test-script-state=notRunning]").wait_for()
    else:
        await _open(page, f"{server.address}/{'' if title == 'Overview' else title}")


async def _photograph(page: "Page", server: Server, choose: random.Random, number: int, report: Report) -> None:
    """Upload a photograph: to the page that is open, if it compares models already, or to one with others."""
    viewer = page.locator(".viewer")
    if choose.random() < SWITCHES or not await viewer.count():
        chosen = choose.sample(MODELS, choose.randint(1, MOST_MODELS))
        await _open(page, f"{server.address}/Compare?models={','.join(chosen)}&sample=chelsea")
        await page.locator(f".viewer[data-models='{len(chosen)}']").wait_for()
    await page.evaluate(LISTEN)
    models, before = int(await viewer.get_attribute("data-models") or 0), await viewer.get_attribute("data-picture")
    file = FilePayload(name=f"{number}.jpg", mimeType="image/jpeg", buffer=picture(number))
    await page.locator("input[type=file]").first.set_input_files(file)
    try:
        waited, _ = await asyncio.wait_for(page.evaluate(WAIT, [models, before]), MASKS_SECONDS)
        report.masks.append(waited / 1000)
    except TimeoutError:
        shown = await page.locator("[data-testid=stMain]").inner_text()
        report.problems.append(f"{page.url}: no masks of {number}.jpg in {MASKS_SECONDS} s; the page says {shown!r}")


async def _no_picture(page: "Page", server: Server, choose: random.Random, number: int) -> None:
    await _open(page, f"{server.address}/Compare?models=pets_unet")
    content = choose.choice((b"", choose.randbytes(100_000), picture(number)[:2000]))
    file = FilePayload(name=f"broken_{number}.jpg", mimeType="image/jpeg", buffer=content)
    await page.locator("input[type=file]").first.set_input_files(file)
    await page.get_by_text(f"broken_{number}").first.wait_for()


async def _log(page: "Page", server: Server, number: int) -> None:
    await _open(page, f"{server.address}/Training")
    text = "epoch,loss,val_loss\n" + "".join(f"{epoch},{1 / (epoch + 1)},{2 / (epoch + 1)}\n" for epoch in range(30))
    file = FilePayload(name=f"log_{number}.csv", mimeType="text/csv", buffer=text.encode())
    await page.locator("input[type=file]").first.set_input_files(file)
    await page.get_by_text(f"log_{number}").first.wait_for()


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


def picture(number: int) -> bytes:
    """Return a photograph of 640x480 pixels that differs with every number."""
    image = Image.fromarray(samples.get("chelsea").load()).resize((640, 480))
    pixels = np.asarray(image).copy()
    pixels[:8, :8] = np.random.default_rng(number).integers(0, 256, (8, 8, 3))
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=92)
    return content.getvalue()


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
