"""Measure live video: ``python -m tools.benchmark_live [MODEL ...] [--minutes 5]``.

A headless Chromium opens the served Video page, and its fake camera shows a clip of 640 x 480 pixels with 30 frames a
second. Measured are the answered frames per second, and the delay from the frame at the camera to its masks on the
page, for all models at once and for the first one alone, minute by minute. The browser runs on the same computer as the
models and paints without a GPU, so a visitor's own browser leaves the server more time. Exits with 1 if a bar is
missed.
"""

import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright

from configs.command_line import ArgumentParser, run
from data import samples
from tools.dashboard import PATIENCE_SECONDS, at_rest, launch, machine, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

MODELS = ("pets_unet", "pets_unet_wide", "voc_mobilenetv2_pix2pix")
WIDTH, HEIGHT, FPS = 640, 480, 30
FRAMES = 90
MARGIN = 40
"""Pixels by which the clip moves up and down."""
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""Flags of a Chromium whose camera asks nobody."""
WARM_UP_MS = 10_000
LEAST_RATE = {1: 25.0, 3: 15.0}
"""Answered frames per second that are enough, by the number of models."""
MOST_DELAY = 200.0
"""Milliseconds within which 95 % of the frames have to be on the page."""
FLAT = 1.2
"""By how much the last minute may be slower than the first."""

COLLECT = "() => { window.answers = []; document.addEventListener('answer', ({ detail }) => answers.push(detail)); }"


@dataclass(frozen=True)
class Minute:
    """What was measured in a minute: frames per second, and milliseconds."""

    rate: float
    median: float
    p95: float
    server: float
    models: float

    @classmethod
    def of(cls, answers: Sequence[dict[str, float]]) -> "Minute":
        """Summarise the answers of a minute; there have to be two."""
        seconds = (answers[-1]["now"] - answers[0]["now"]) / 1000
        delays = sorted(one["delay"] for one in answers)
        p95 = statistics.quantiles(delays, n=20)[-1]
        server, models = (statistics.median(one[name] for one in answers) for name in ("total", "models"))
        return cls((len(answers) - 1) / seconds, statistics.median(delays), p95, server, models)

    def __str__(self) -> str:
        return (
            f"{self.rate:5.1f} frames/s, delay median {self.median:4.0f} ms, 95 % within {self.p95:4.0f} ms, "
            f"of which the server {self.server:3.0f} ms, and of that the models {self.models:3.0f} ms"
        )


def camera_clip(path: Path, frames: int = FRAMES, mark: Callable[[NDArray[np.uint8], int], None] | None = None) -> Path:
    """Write the clip that the camera shows, a window that moves over a sample picture, as YUV4MPEG2.

    ``mark`` is given each frame ``(H, W, 3)``, to draw on it, and its number.
    """
    picture = samples.get("chelsea").load()
    scale = (HEIGHT + MARGIN) / picture.shape[0]
    picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    across, down = (picture.shape[1] - WIDTH) / 2, MARGIN / 2
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420\n".encode())
        for number in range(frames):
            angle = 2 * np.pi * number / FRAMES
            left, top = int(across + (across - 1) * np.sin(angle)), int(down + (down - 1) * np.cos(angle))
            window = picture[top : top + HEIGHT, left : left + WIDTH].copy()
            if mark is not None:
                mark(window, number)
            file.write(b"FRAME\n" + np.asarray(cv2.cvtColor(window, cv2.COLOR_RGB2YUV_I420)).tobytes())
    return path


def start(page: "Page", address: str, models: Sequence[str]) -> None:
    """Open the Video page and start the camera; all models are loaded when it returns."""
    page.goto(f"{address}/Video?models={','.join(models)}")
    page.locator(".player").wait_for()
    at_rest(page)
    page.get_by_role("button", name="Start the camera").click()
    for index in range(len(models)):
        page.locator(".panel .mask").nth(index).wait_for()


def measure(page: "Page", address: str, models: Sequence[str], minutes: float) -> list[Minute]:
    """Watch the camera through some models, and return what was measured in every minute."""
    start(page, address, models)
    page.evaluate(COLLECT)
    page.wait_for_timeout(WARM_UP_MS)
    found = []
    for length in _lengths(minutes):
        page.evaluate("answers.length = 0")
        page.wait_for_timeout(60_000 * length)
        found.append(Minute.of(page.evaluate("answers")))
        print(f"  minute {len(found)}: {found[-1]}", flush=True)
    page.get_by_role("button", name="Stop").click()
    return found


def _lengths(minutes: float) -> list[float]:
    """Divide a time into minutes; a rest is added to the last one."""
    whole = max(1, int(minutes))
    return [1.0] * (whole - 1) + [minutes - whole + 1]


def missed(minutes: Sequence[Minute], models: int) -> list[str]:
    """Return which bars were missed, in words."""
    rate, delay = min(one.rate for one in minutes), max(one.p95 for one in minutes)
    problems = []
    if (least := LEAST_RATE.get(models)) and rate < least:
        problems.append(f"{rate:.1f} frames/s with {models} {'model' if models == 1 else 'models'}, below {least:g}")
    if delay > MOST_DELAY:
        problems.append(f"95 % within {delay:.0f} ms with {models}, above {MOST_DELAY:g} ms")
    first, last = minutes[0], minutes[-1]
    if last.median > FLAT * first.median or first.rate > FLAT * last.rate:
        problems.append(f"the last minute is slower than the first by more than {FLAT - 1:.0%}")
    return problems


def main() -> int:
    """Measure all models at once, and the first one alone."""
    parser = ArgumentParser(prog="python -m tools.benchmark_live", description="Measure live video in a browser.")
    parser.add_argument("models", nargs="*", default=list(MODELS), help=f"models or runs ({' '.join(MODELS)})")
    parser.add_argument("--minutes", type=float, default=5, help="how long with all models (%(default)s)")
    parser.add_argument("--alone", type=float, default=1, help="minutes with the first model alone (%(default)s)")
    arguments = parser.parse_args()
    models, problems = arguments.models, []
    print(f"{', '.join(models)}; {WIDTH} x {HEIGHT}, {machine()}")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "server.log", {}) as server,
        sync_playwright() as playwright,
    ):
        clip = camera_clip(Path(folder) / "camera.y4m")
        browser = launch(playwright.chromium, *CAMERA, f"--use-file-for-fake-video-capture={clip}")
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE_SECONDS)
        for chosen, minutes in [(models, arguments.minutes), (models[:1], arguments.alone)]:
            print(", ".join(chosen))
            problems += missed(measure(page, server.address, chosen, minutes), len(chosen))
        browser.close()
    for problem in problems:
        print(f"missed: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    run(main)
