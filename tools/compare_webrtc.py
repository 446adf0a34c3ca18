"""Compare live video with streamlit-webrtc: ``python -m tools.compare_webrtc --python PATH [MODEL ...]``.

In turn, a headless Chromium with one fake camera opens the served Video page and a small Streamlit app that shows the
same models under streamlit-webrtc (``tools/webrtc/app.py``, run by the Python at PATH). Every frame of the camera
carries its number as large blocks, which are read from the camera and from what each page shows, so rate and delay mean
the same for both: different frames that were shown with masks, in a second, and the time from the camera to the screen.
Exits with 1 if SegDeck is not so much better as it should be.
"""

import statistics
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from configs.paths import ROOT
from tools import benchmark_live
from tools.benchmark_live import CAMERA, HEIGHT, MODELS, WARM_UP_MS, WIDTH, camera_clip
from tools.dashboard import PATIENCE_SECONDS, launch, machine, serving
from tools.webrtc import barcode
from tools.webrtc.summary import Measured

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

FOLDER = ROOT / "tools" / "webrtc"
APP = ("-m", "streamlit", "run", str(FOLDER / "app.py"))
REQUIREMENTS = "requirements-webrtc.txt"
LOOP = 180
"""Frames of the camera's clip, six seconds: an answer is not so late."""
LEAST_RATE_RATIO, MOST_DELAY_RATIO = 1.5, 0.6
SEGDECK, WEBRTC = "SegDeck", "streamlit-webrtc"

VERSION = "from importlib.metadata import version as v; print(*(f'{n} {v(n)}' for n in ('streamlit-webrtc', 'aiortc')))"
COMPONENT = "iframe[title*=webrtc]"
PLAYING = "() => document.querySelector('video')?.videoWidth > 0"
WATCH_VIDEO = "(panels) => probe.watchVideo(document.querySelector('video'), panels)"
NOTED = "() => [probe.captured, probe.answered, probe.own]"


def version(python: str) -> str:
    """Return the name and version of a Python's streamlit-webrtc. Raises ``UserError`` if it has none."""
    advice = (
        f"make an environment for it with python -m venv /tmp/webrtc, /tmp/webrtc/bin/pip install -r {REQUIREMENTS} "
        "and --python /tmp/webrtc/bin/python"
    )
    try:
        found = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=False)
    except OSError as error:
        raise UserError(f"{python} can't be run ({error.strerror}); {advice}") from error
    if found.returncode:
        raise UserError(f"{python} has no streamlit-webrtc; {advice}")
    return found.stdout.strip()


def open_segdeck(page: "Page", address: str, models: Sequence[str]) -> "Frame":
    """Start the Video page's camera, and return the window in which numbers are noted."""
    benchmark_live.start(page, address, models)
    page.evaluate("() => probe.watchPlayer()")
    return page.main_frame


def open_webrtc(page: "Page", address: str, models: Sequence[str]) -> "Frame":
    """Start the app's camera, and return the window of streamlit-webrtc, in which numbers are noted."""
    page.goto(address)
    inside = page.frame_locator(COMPONENT)
    inside.get_by_role("button", name="Start").click()
    inside.locator("video").wait_for()
    element = page.locator(COMPONENT).element_handle()
    frame = element.content_frame() if element else None
    assert frame is not None
    frame.wait_for_function(PLAYING)
    frame.evaluate(WATCH_VIDEO, len(models))
    return frame


def measure(opened: "Callable[[Page], Frame]", browser: "Browser", seconds: float) -> tuple[Measured, list[float]]:
    """Open a page and measure it; return also the delays that the page itself tells, if it does."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera"])
    context.set_default_timeout(1000 * PATIENCE_SECONDS)
    context.add_init_script(path=FOLDER / "probe.js")
    page = context.new_page()
    frame = opened(page)
    page.wait_for_timeout(WARM_UP_MS)
    frame.evaluate("() => probe.reset()")
    page.wait_for_timeout(1000 * seconds)
    captured, answered, own = frame.evaluate(NOTED)
    context.close()
    return Measured.of(captured, answered, LOOP), own


def take_turns(
    pages: "dict[str, Callable[[Page], Frame]]", browser: "Browser", rounds: int, seconds: float
) -> dict[str, Measured]:
    """Measure each page once in every round, and return its medians."""
    found = {name: list[Measured]() for name in pages}
    for number in range(rounds):
        for name in list(pages)[:: 1 if number % 2 == 0 else -1]:
            measured, own = measure(pages[name], browser, seconds)
            found[name].append(measured)
            itself = f"; by the page's own clock median {statistics.median(own):.0f} ms" if own else ""
            print(f"  {name:16} {measured}{itself}", flush=True)
    return {name: Measured.typical(measured) for name, measured in found.items()}


def missed(segdeck: Measured, webrtc: Measured) -> list[str]:
    """Return where SegDeck is not so much better as it should be, in words."""
    problems = []
    if (ratio := segdeck.rate / webrtc.rate) < LEAST_RATE_RATIO:
        problems.append(f"{ratio:.2f} times as many frames per second, not {LEAST_RATE_RATIO:g}")
    if (ratio := segdeck.median / webrtc.median) > MOST_DELAY_RATIO:
        problems.append(f"{ratio:.2f} of the median delay, not {MOST_DELAY_RATIO:g}")
    return problems


def report(typical: dict[str, Measured]) -> int:
    """Print the medians and their ratios, and return the exit code."""
    for name, measured in typical.items():
        print(f"  {name:16} {measured}")
    ours, theirs = typical[SEGDECK], typical[WEBRTC]
    rate, median, p95 = ours.rate / theirs.rate, ours.median / theirs.median, ours.p95 / theirs.p95
    print(f"SegDeck: {rate:.2f} times the frames/s, {median:.2f} of the median delay, {p95:.2f} of that of 95 %")
    problems = missed(ours, theirs)
    for problem in problems:
        print(f"missed: {problem}")
    return 1 if problems else 0


def main() -> int:
    """Measure both pages in turn, several times, and print the medians."""
    parser = ArgumentParser(
        prog="python -m tools.compare_webrtc", description="Compare live video with streamlit-webrtc in a browser."
    )
    parser.add_argument("models", nargs="*", default=list(MODELS), help=f"models or runs ({' '.join(MODELS)})")
    parser.add_argument("--python", required=True, help=f"a Python that has {REQUIREMENTS}")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (%(default)s)")
    parser.add_argument("--seconds", type=float, default=30, help="how long each time (%(default)s)")
    parser.add_argument("--width", type=int, default=WIDTH, help="of each panel that the app sends (%(default)s)")
    arguments = parser.parse_args()
    other = version(arguments.python)
    models = arguments.models
    variables = {"COMPARED_MODELS": ",".join(models), "COMPARED_WIDTH": str(arguments.width)}
    print(f"{', '.join(models)}; {WIDTH} x {HEIGHT}, {other}, {machine()}")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "segdeck.log", {}) as segdeck,
        serving(Path(folder) / "webrtc.log", variables, APP, arguments.python) as webrtc,
        sync_playwright() as playwright,
    ):
        clip = camera_clip(Path(folder) / "camera.y4m", LOOP, barcode.draw)
        browser = launch(playwright.chromium, *CAMERA, f"--use-file-for-fake-video-capture={clip}")
        pages: dict[str, Callable[[Page], Frame]] = {
            SEGDECK: lambda page: open_segdeck(page, segdeck.address, models),
            WEBRTC: lambda page: open_webrtc(page, webrtc.address, models),
        }
        typical = take_turns(pages, browser, arguments.rounds, arguments.seconds)
        browser.close()
    print(f"Medians of {arguments.rounds}:")
    return report(typical)


if __name__ == "__main__":
    run(main)
