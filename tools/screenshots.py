"""Take the screenshots of the dashboard that the README shows: ``python -m tools.screenshots``.

They show only sample pictures and published models. Needs the packages of ``requirements-dev.txt``, and Chromium.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from configs.paths import ROOT
from tools import dashboard
from tools.benchmark_live import CAMERA, camera_clip

COMPARE = "/Compare?models={models}&sample={sample}"
TALL = {"viewport": {"width": 1280, "height": 1000}}
DESKTOP = {"viewport": {"width": 1280, "height": 960}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SHOTS: dict[str, tuple[str, dict[str, Any]]] = {
    "compare": (COMPARE, DESKTOP),
    "compare_dark": (COMPARE, DESKTOP | {"color_scheme": "dark"}),
    "compare_phone": (COMPARE, PHONE),
    "training": ("/Training", TALL),
    "evaluation": ("/Evaluation?dataset=oxford_iiit_pet", TALL),
    "datasets": ("/Datasets?dataset=voc2012", TALL),
    "models": ("/Models?model={model}&view=Layers", TALL),
    "video": ("/Video?models={models}", TALL),
    "overview": ("/", TALL),
}
"""File name, address in the dashboard, and the browser's window."""
RATE_SECONDS = 4
"""How long the camera runs before its rate is shown."""


def main() -> int:
    """Take all screenshots."""
    parser = ArgumentParser(prog="python -m tools.screenshots", description="Take the screenshots of the dashboard.")
    shown = "pets_unet_wide,voc_mobilenetv2_pix2pix"
    parser.add_argument("--models", default=shown, help="models to show, separated by commas (%(default)s)")
    parser.add_argument("--sample", default="chelsea", help="name of the sample picture (%(default)s)")
    images = ROOT / "docs" / "images"
    parser.add_argument("--output", type=Path, default=images, help="folder to write to (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=SHOTS, default=list(SHOTS), help="the ones to take (default: all)")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # Without the user's own runs, and without the datasets, whose photographs must not get into a screenshot.
        environment = {"SEGDECK_RUNS": os.environ.get("SEGDECK_RUNS", folder), "SEGDECK_DATA": folder}
        with dashboard.serving(Path(folder) / "server.log", environment) as server, sync_playwright() as playwright:
            clip = camera_clip(Path(folder) / "camera.y4m")
            browser = dashboard.launch(playwright.chromium, *CAMERA, f"--use-file-for-fake-video-capture={clip}")
            first = arguments.models.split(",")[0]
            for name in arguments.only:
                path, window = SHOTS[name]
                path = path.format(models=arguments.models, model=first, sample=arguments.sample)
                file = arguments.output / f"{name}.png"
                take(browser, server.address + path, window, file)
                print(file)
            browser.close()
    return 0


def take(browser: Browser, address: str, window: dict[str, Any], file: Path) -> None:
    """Write a screenshot of a page once it is drawn completely."""
    context = browser.new_context(**window)
    page = context.new_page()
    page.set_default_timeout(1000 * dashboard.PATIENCE_SECONDS)
    page.goto(address)
    if "/Compare" in address:
        page.locator(".viewer[data-models]").wait_for()
        if messages := page.locator(".stAlert p").all_inner_texts():
            raise UserError(f"{address} shows a message: {messages[-1]}")
    elif "/Video" in address:
        page.get_by_role("button", name="Start the camera").click()
        for index in range(page.locator(".panel").count() - 1):
            page.locator(".panel .mask").nth(index).wait_for()
        page.wait_for_timeout(RATE_SECONDS * 1000)
    else:
        page.locator("[data-testid=stDataFrame]").first.wait_for()
    dashboard.at_rest(page)
    page.screenshot(path=file)
    context.close()


if __name__ == "__main__":
    run(main)
