"""Time how fast the viewer responds: ``python -m tools.benchmark_viewer MODEL ...``.

A real browser drags the opacity slider of a served Compare page, moves the pointer over a panel and turns the wheel.
Two times are measured for every step: *answer*, the wall time from the input to the end of the frame that shows its
effect, including the wait for that frame (up to 17 ms at 60 frames a second); and *work*, the CPU time of the page's
main thread for scripts, layout and drawing, which hardly depends on other programs on the machine.
"""

import statistics
from collections.abc import Callable

from playwright.sync_api import CDPSession, Page

from configs.command_line import ArgumentParser, run
from tools.dashboard import at_rest, compare_page, machine, place

STEPS = 100
WARM_UP = 5
REST_MS = 60
"""Pause between two steps, so that each is answered separately."""

# The browser delivers such input just before it draws, so the next animation frame shows the effect; the message
# arrives once that frame is done.
LISTEN = """() => {
  window.answers = [];
  const channel = new MessageChannel();
  let began = null;
  channel.port1.onmessage = () => { window.answers.push(performance.now() - began); began = null; };
  const note = (event) => {
    if (began !== null) return;
    began = event.timeStamp;
    requestAnimationFrame(() => channel.port2.postMessage(null));
  };
  for (const name of ["pointermove", "wheel"]) document.addEventListener(name, note, { capture: true, passive: true });
}"""


def drag_opacity(page: Page) -> Callable[[int], None]:
    """Grab the opacity slider and return a function that drags it."""
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
    """Put the pointer on a panel and return a function that zooms in by ten steps, then out again."""
    page.mouse.move(*place(page.locator(".panel canvas").nth(1), 0.4, 0.4))
    return lambda step: page.mouse.wheel(0, -90 if step // 10 % 2 == 0 else 90)


def work_done(session: CDPSession) -> float:
    """Return the CPU time of the main thread's tasks so far, in milliseconds."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


def measure(page: Page, session: CDPSession, move: Callable[[int], None]) -> tuple[list[float], list[float]]:
    """Take the steps and return the milliseconds until each was answered, and those of its work."""
    for step in range(WARM_UP):
        move(step)
        page.wait_for_timeout(REST_MS)
    page.evaluate("() => { window.answers.length = 0; }")
    work = []
    for step in range(WARM_UP, WARM_UP + STEPS):
        before = work_done(session)
        move(step)
        page.wait_for_timeout(REST_MS)
        work.append(work_done(session) - before)
    return [float(answer) for answer in page.evaluate("window.answers")], work


def summary(times: list[float]) -> str:
    """Format the median and the 95th percentile of times in milliseconds."""
    return f"median {statistics.median(times):5.1f} ms, 95 % within {statistics.quantiles(times, n=20)[-1]:5.1f} ms"


def main() -> int:
    """Measure dragging, hovering and zooming, one after the other."""
    parser = ArgumentParser(prog="python -m tools.benchmark_viewer", description="Time how fast the viewer responds.")
    parser.add_argument("models", nargs="*", default=["pets_unet"], help="published models or runs (pets_unet)")
    models = parser.parse_args().models
    with compare_page(models) as page:
        page.locator(".panel canvas").nth(1).scroll_into_view_if_needed()
        at_rest(page)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.evaluate(LISTEN)
        print(f"{', '.join(models)}; {page.locator('.panel').count()} panels, {machine()}")
        for name, prepare in {"opacity": drag_opacity, "hover": hover, "zoom": turn_wheel}.items():
            answers, work = measure(page, session, prepare(page))
            steps = f"{len(answers)} of {STEPS} steps"
            print(f"{name:8} answer: {summary(answers)}; work: {summary(work)}; {steps}", flush=True)
    return 0


if __name__ == "__main__":
    run(main)
