"""How fast the viewer responds: ``python -m tests.pages.compare.viewer.benchmark_viewer MODEL ...``.

A served Compare page is used in a real browser: the opacity slider is dragged, the pointer moved over a panel, the
wheel turned. For every step two times are printed:

- **response**: from the moment the browser got the input until the frame that shows its effect has been drawn (wall
  time; the wait for the next frame, up to 17 ms at 60 frames a second, is part of it),
- **work**: the processor time of the page's main thread, for scripts, layout and drawing of all panels, as the browser
  itself counts it; other programs on the machine do not change it much.
"""

import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.conftest import chromium
from tests.pages.compare.viewer.canvases import place
from tests.pages.conftest import serving

STEPS = 100
WARM_UP = 5
REST_MS = 60
"""Between two steps, so that each is measured on its own."""

# The browser hands such input over just before it draws, so the first frame asked for is the one that shows the effect;
# a message is delivered once that frame is done.
LISTEN = """() => {
  window.responses = [];
  const channel = new MessageChannel();
  let began = null;
  channel.port1.onmessage = () => { window.responses.push(performance.now() - began); began = null; };
  const note = (event) => {
    if (began !== null) return;
    began = event.timeStamp;
    requestAnimationFrame(() => channel.port2.postMessage(null));
  };
  for (const name of ["pointermove", "wheel"]) document.addEventListener(name, note, { capture: true, passive: true });
}"""


def drag_opacity(page: Page) -> Callable[[int], None]:
    """Grab the opacity slider and return a function that moves it."""
    slider = page.get_by_role("slider", name="Opacity of the masks")
    left, y = place(slider, 0.1, 0.5)
    right, _ = place(slider, 0.9, 0.5)
    page.mouse.move(left, y)
    page.mouse.down()
    return lambda step: page.mouse.move(left + (step * 7 % 90 + 1) / 90 * (right - left), y)


def hover(page: Page) -> Callable[[int], None]:
    """Return a function that moves the pointer over a panel, to another class every few steps."""
    page.mouse.up()
    panel = page.locator(".panel canvas").nth(1)
    (left, top), (right, bottom) = place(panel, 0.1, 0.1), place(panel, 0.9, 0.9)
    return lambda step: page.mouse.move(
        left + step * 37 % 80 / 80 * (right - left), top + step * 53 % 80 / 80 * (bottom - top)
    )


def turn_wheel(page: Page) -> Callable[[int], None]:
    """Put the pointer on a panel and return what zooms in by ten steps, then out again."""
    page.mouse.move(*place(page.locator(".panel canvas").nth(1), 0.4, 0.4))
    return lambda step: page.mouse.wheel(0, -90 if step // 10 % 2 == 0 else 90)


def work_done(session: CDPSession) -> float:
    """Return how many milliseconds of processor time the main thread's tasks have taken so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


def measure(page: Page, session: CDPSession, move: Callable[[int], None]) -> tuple[list[float], list[float]]:
    """Take the steps and return the milliseconds until each was answered, and those of work for each."""
    for step in range(WARM_UP):
        move(step)
        page.wait_for_timeout(REST_MS)
    page.evaluate("() => { window.responses.length = 0; }")
    work = []
    for step in range(WARM_UP, WARM_UP + STEPS):
        before = work_done(session)
        move(step)
        page.wait_for_timeout(REST_MS)
        work.append(work_done(session) - before)
    return [float(response) for response in page.evaluate("window.responses")], work


def summary(times: list[float]) -> str:
    """Return the median and the 95th percentile of some milliseconds."""
    return f"median {statistics.median(times):5.1f} ms, 95 % within {statistics.quantiles(times, n=20)[-1]:5.1f} ms"


def main() -> None:
    models = sys.argv[1:] or ["pets_unet"]
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(os.environ.get("SEGDECK_RUNS") or "runs"), Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(180_000)
        page.goto(f"{server.address}/Compare?models={','.join(models)}&sample=chelsea")
        page.locator(f".viewer[data-models='{len(models)}']").wait_for()
        page.locator(".panel canvas").nth(1).scroll_into_view_if_needed()
        page.wait_for_timeout(2000)  # until the page around the viewer is at rest
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.evaluate(LISTEN)
        print(
            f"{', '.join(models)}; {page.locator('.panel').count()} panels, "
            f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
        )
        for name, prepare in {"opacity": drag_opacity, "hover": hover, "zoom": turn_wheel}.items():
            responses, work = measure(page, session, prepare(page))
            print(
                f"{name:8} response: {summary(responses)}; work: {summary(work)}; {len(responses)} of {STEPS} steps",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main()
