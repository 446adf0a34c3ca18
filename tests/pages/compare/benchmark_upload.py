"""How long a visitor waits for masks: ``python -m tests.pages.compare.benchmark_upload MODEL ...``.

A photograph of 12 megapixels is uploaded to a served Compare page, in a real browser, with models that are already
loaded. Measured in the browser, from the choice of the file to the frame in which every panel is drawn.
"""

import io
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Page, sync_playwright

from data import samples
from tests.conftest import chromium
from tests.pages.conftest import serving

SIZE = (3000, 4000)
"""Height and width: 12 megapixels."""
ROUNDS = 7

WAIT = """([models, before]) => new Promise((resolve) => {
  const find = (root) => {
    const viewer = root.querySelector(".viewer");
    if (viewer) return viewer;
    for (const element of root.querySelectorAll("*"))
      if (element.shadowRoot) { const found = find(element.shadowRoot); if (found) return found; }
    return null;
  };
  const look = () => {
    const viewer = find(document);
    if (viewer && viewer.dataset.picture !== before && Number(viewer.dataset.models) >= models)
      requestAnimationFrame(() => resolve([performance.now() - window.chosenAt, viewer.dataset.picture]));
    else requestAnimationFrame(look);
  };
  look();
})"""
LISTEN = """() => document.addEventListener("change", (event) => {
  if (event.target.type === "file") window.chosenAt = performance.now();
}, true)"""


def photograph(seed: int) -> bytes:
    """Return a JPEG of 12 megapixels: a sample picture, enlarged, with the grain of a camera; no two are the same."""
    height, width = SIZE
    picture = cv2.resize(samples.get("chelsea").load(), (width, height), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(seed).normal(0, 6, (height, width, 1))
    content = io.BytesIO()
    Image.fromarray(np.clip(picture + grain, 0, 255).astype(np.uint8)).save(content, "JPEG", quality=90)
    return content.getvalue()


def measure(page: Page, models: int, file: bytes, name: str, before: str) -> tuple[float, str]:
    """Upload a file and return the milliseconds until its panels are drawn, and the id of the picture."""
    page.locator("input[type=file]").set_input_files(FilePayload(name=name, mimeType="image/jpeg", buffer=file))
    waited, picture = page.evaluate(WAIT, [models, before])
    return float(waited), str(picture)


def main() -> None:
    models = sys.argv[1:] or ["pets_unet"]
    executable = chromium()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(os.environ.get("SEGDECK_RUNS") or "runs"), Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(180_000)
        page.goto(f"{server.address}/Compare?models={','.join(models)}&sample=chelsea")
        page.locator(f".viewer[data-models='{len(models)}']").wait_for()
        picture = str(page.locator(".viewer").get_attribute("data-picture"))
        page.evaluate(LISTEN)
        times = []
        for number in range(ROUNDS):
            waited, picture = measure(page, len(models), photograph(number), f"{number}.jpg", picture)
            print(f"{waited:.0f} ms", flush=True)
            times.append(waited)
        browser.close()
    print(
        f"upload to masks of {', '.join(models)}: median {statistics.median(times[1:]):.0f} ms of {ROUNDS - 1} "
        f"(12 megapixels, JPEG of {len(photograph(0)) / 1e6:.1f} MB, {platform.processor() or platform.machine()}, "
        f"{os.cpu_count()} cores)"
    )


if __name__ == "__main__":
    main()
