"""Time how long a visitor waits for masks: ``python -m tools.benchmark_upload MODEL ...``.

A real browser uploads a photograph of 12 megapixels to a served Compare page whose models are loaded already. The time
runs from the choice of the file to the frame in which every panel is drawn, and is measured in the browser.
"""

import io
import statistics

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Page

from configs.command_line import ArgumentParser, run
from data import samples
from tools.dashboard import compare_page, machine

SIZE = (3000, 4000)
"""Height and width: 12 megapixels."""
ROUNDS = 7

WAIT = """([models, before]) => new Promise((resolve) => {
  const find = (root) => root.querySelector(".viewer") ?? [...root.querySelectorAll("*")]
    .map((element) => element.shadowRoot && find(element.shadowRoot)).find(Boolean);
  let viewer = null;
  const look = () => {
    if (!viewer?.isConnected) viewer = find(document);
    if (viewer && viewer.dataset.picture !== before && Number(viewer.dataset.models) >= models)
      requestAnimationFrame(() => resolve([performance.now() - window.chosenAt, viewer.dataset.picture]));
    else setTimeout(look, 8);  // asking for frames all the time would keep the browser busy
  };
  look();
})"""
LISTEN = """() => document.addEventListener("change", (event) => {
  if (event.target.type === "file") window.chosenAt = performance.now();
}, true)"""


def photograph(seed: int) -> bytes:
    """Return a JPEG of 12 megapixels: an enlarged sample picture with noise, which differs with every seed."""
    height, width = SIZE
    picture = cv2.resize(samples.get("chelsea").load(), (width, height), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(seed).normal(0, 6, (height, width, 1))
    content = io.BytesIO()
    Image.fromarray(np.clip(picture + grain, 0, 255).astype(np.uint8)).save(content, "JPEG", quality=90)
    return content.getvalue()


def measure(page: Page, models: int, file: bytes, name: str, before: str) -> tuple[float, str]:
    """Upload a file and return the milliseconds until its panels are drawn, and the picture's id."""
    page.locator("input[type=file]").set_input_files(FilePayload(name=name, mimeType="image/jpeg", buffer=file))
    waited, picture = page.evaluate(WAIT, [models, before])
    return float(waited), str(picture)


def main() -> int:
    """Upload photographs and print how long their masks take; the first upload only warms up."""
    parser = ArgumentParser(prog="python -m tools.benchmark_upload", description="Time an upload until its masks show.")
    parser.add_argument("models", nargs="*", default=["pets_unet"], help="published models or runs (pets_unet)")
    models = parser.parse_args().models
    times = []
    with compare_page(models) as page:
        picture = str(page.locator(".viewer").get_attribute("data-picture"))
        page.evaluate(LISTEN)
        for number in range(ROUNDS):
            waited, picture = measure(page, len(models), photograph(number), f"{number}.jpg", picture)
            print(f"{waited:.0f} ms", flush=True)
            times.append(waited)
    print(
        f"upload to masks of {', '.join(models)}: median {statistics.median(times[1:]):.0f} ms of {ROUNDS - 1} "
        f"(12 megapixels, JPEG of {len(photograph(0)) / 1e6:.1f} MB, {machine()})"
    )
    return 0


if __name__ == "__main__":
    run(main)
