"""What the visitors of a soak do: turn pages, upload photographs, logs and files that are none, and switch models."""

import asyncio
import io
import random
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.async_api import Error, FilePayload

from data import samples
from models.runs.run import BETWEEN
from pages.compare.uploads import MAX_UPLOADS
from tools.benchmark_upload import LISTEN, WAIT
from tools.dashboard import PATIENCE_SECONDS, Server
from tools.soak_report import Report

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
MASKS_SECONDS = 60.0
"""How long a visitor waits for masks."""
BUG = "because of an error in SegDeck"


async def wander(browser: "Browser", server: Server, seed: int, end: float, pause: float, report: Report) -> None:
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
    viewer, held = page.locator(".viewer"), page.get_by_role("radio", name=re.compile(r"^\d+\.jpg"))
    if choose.random() < SWITCHES or not await viewer.count() or await held.count() >= MAX_UPLOADS:
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


def picture(number: int) -> bytes:
    """Return a photograph of 640x480 pixels that differs with every number."""
    image = Image.fromarray(samples.get("chelsea").load()).resize((640, 480))
    pixels = np.asarray(image).copy()
    pixels[:8, :8] = np.random.default_rng(number).integers(0, 256, (8, 8, 3))
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=92)
    return content.getvalue()
