"""The dashboard in a real Chromium: what a visitor sees and does."""

import hashlib
import io
import re
from contextlib import ExitStack

import numpy as np
import pytest
from PIL import Image

from data import samples
from models.inference.predictor import RunPredictor
from models.runs.run import Run
from pages.shared.content.images import DISPLAY_SIDE
from tests.pages.compare.viewer.canvases import pixels
from tests.pages.conftest import serving, window
from tools.dashboard import at_rest, place

pytestmark = pytest.mark.browser

BOTH = "/Compare?models=tiny_pets,tiny_street&sample=chelsea"
ENTRY_POINT_MODULES = {"tensorflow", "keras", "tensorflow_datasets", "jax", "train"}


def show(page, models=2):
    """Wait until the viewer shows the picture and this many models, and the page around it is at rest."""
    page.locator(f".viewer[data-models='{models}']").wait_for()
    at_rest(page)
    return page.locator(".panel canvas")


def differing(first, second):
    return float((first != second).any(axis=2).mean())


def wait_for_value(page, control, value):
    page.locator(f".{control} output", has_text=re.compile(f"^{value}$")).wait_for()


def jpeg(image, orientation=None):
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    content = io.BytesIO()
    Image.fromarray(image).save(content, "JPEG", exif=exif, quality=92)
    return content.getvalue()


def upload(page, *files):
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/jpeg", "buffer": content} for name, content in files]
    )


def no_sideways_scrolling(page):
    return page.evaluate(
        "() => { const main = document.querySelector('[data-testid=stMain]');"
        " return main.scrollWidth <= main.clientWidth && document.documentElement.scrollWidth <= innerWidth }"
    )


def test_deep_link_on_a_fresh_server_shows_masks_without_tensorflow(browser, runs_folder, tmp_path):
    with ExitStack() as stack:
        server = stack.enter_context(serving(runs_folder, tmp_path))
        page = stack.enter_context(window(browser))
        requested = []
        page.on("request", lambda request: requested.append(request.url))
        page.goto(server.address + BOTH)
        show(page)
        page.get_by_role("link", name="Overview").click()
        page.get_by_role("heading", name="Models", exact=True).wait_for()
        loaded = server.modules()
        elsewhere = [url for url in requested if not url.startswith((server.address, "data:", "blob:"))]
        assert elsewhere == [], "the page requests other servers"
    assert {"streamlit", "openvino", "models.inference.predictor"} <= loaded
    assert not loaded & ENTRY_POINT_MODULES


def test_uploads_show_masks_and_a_bad_one_is_named(open_page, pets_model):
    page = open_page(f"/Compare?models={pets_model},tiny_street")
    show(page)
    sideways = np.rot90(samples.get("chelsea").load())  # 300x451 once EXIF orientation 6 has turned it: 451x300
    phone = jpeg(sideways, 6)
    upload(page, ("phone.jpg", phone), ("broken.jpg", b"no picture at all"), ("coffee.jpg", jpeg(sideways)))
    page.get_by_text("broken.jpg").wait_for()
    page.get_by_role("radio", name="phone.jpg").wait_for()
    page.get_by_role("radio", name="coffee.jpg").wait_for()
    page.locator(f".viewer[data-picture='{hashlib.sha256(phone).hexdigest()}']").wait_for()
    canvases = show(page)
    page.get_by_text("451 × 300 pixels").wait_for()
    assert canvases.count() == 3
    assert all(differing(pixels(canvases.nth(0)), pixels(canvases.nth(model))) > 0.5 for model in (1, 2))

    page.get_by_role("link", name="Overview").click()
    page.get_by_role("heading", name="Models", exact=True).wait_for()
    page.get_by_role("link", name="Compare", exact=True).first.click()  # the one of the navigation
    page.get_by_role("radio", name="phone.jpg").wait_for()
    page.get_by_role("button", name="Remove phone.jpg").click()
    page.get_by_role("radio", name="phone.jpg").wait_for(state="detached")
    page.get_by_role("radio", name="coffee.jpg").wait_for()


def test_opacity_and_modes_change_the_pixels(open_page):
    page = open_page(BOTH)
    canvases = show(page)
    photograph, overlay = pixels(canvases.nth(0)), pixels(canvases.nth(1))
    assert differing(photograph, overlay) > 0.5
    slider = page.get_by_role("slider", name="Opacity of the masks")
    slider.fill("0")
    wait_for_value(page, "opacity", "0 %")
    assert differing(pixels(canvases.nth(1)), photograph) == 0
    slider.fill("100")
    wait_for_value(page, "opacity", "100 %")
    palette = {(0xE6, 0x9F, 0x00, 255), (0x00, 0x72, 0xB2, 255), (0xF0, 0xE4, 0x42, 255)}
    opaque = {
        tuple(int(value) for value in colour) for colour in np.unique(pixels(canvases.nth(1)).reshape(-1, 4), axis=0)
    }
    assert opaque <= palette, "colours between two classes"
    page.get_by_role("radio", name="Outline").check()
    outlined = differing(pixels(canvases.nth(1)), photograph)
    assert 0 < outlined < 1
    page.get_by_role("radio", name="Mask only").check()
    shown = np.unique(pixels(canvases.nth(1)).reshape(-1, 4), axis=0)
    assert {tuple(int(value) for value in colour) for colour in shown} <= palette


def test_pointing_reads_every_model_at_the_same_place(open_page, runs_folder):
    page = open_page(BOTH)
    canvases = show(page)
    image = samples.get("chelsea").load()
    for x, y in [(0.1, 0.15), (0.52, 0.4), (0.93, 0.85)]:
        page.mouse.move(*place(canvases.nth(2), x, y))
        for panel, name in [(1, "tiny_pets"), (2, "tiny_street")]:
            predictor = RunPredictor.load(Run(runs_folder / name, published=False))
            prediction = predictor.predict(image, longest=DISPLAY_SIDE)
            row, column = int(y * prediction.labels.shape[0]), int(x * prediction.labels.shape[1])
            near = (
                slice(max(row - 2, 0), row + 3),
                slice(max(column - 2, 0), column + 3),
            )  # a pixel of the screen covers several of the picture
            names = {predictor.label_space.names[label] for label in np.unique(prediction.labels[near])}
            said = page.locator(".panel").nth(panel).locator(".readout")
            said.wait_for()
            assert said.locator("strong").inner_text() in names
            percent = int(said.inner_text().split()[-2])
            assert prediction.confidence is not None
            confidence = prediction.confidence[near] / 2.55
            assert confidence.min() - 1 <= percent <= confidence.max() + 1


def test_panels_zoom_and_move_in_step(open_page):
    page = open_page(BOTH)
    canvases = show(page)
    page.get_by_role("slider", name="Opacity of the masks").fill("0")
    whole = pixels(canvases.nth(0))
    page.mouse.move(*place(canvases.nth(1), 0.3, 0.4))
    page.mouse.wheel(0, -500)
    wait_for_value(page, "zoom", "272 %")
    page.mouse.down()
    page.mouse.move(*place(canvases.nth(1), 0.5, 0.5), steps=4)
    page.mouse.up()
    page.mouse.move(5, 5)
    page.locator(".readout:visible").first.wait_for(state="hidden")
    close = [pixels(canvases.nth(panel)) for panel in range(3)]
    assert differing(close[0], whole) > 0.5
    assert differing(close[0], close[1]) == differing(close[0], close[2]) == 0
    page.get_by_role("button", name="Show the whole picture").click()
    wait_for_value(page, "zoom", "100 %")
    assert differing(pixels(canvases.nth(2)), whole) == 0


def test_a_class_can_be_hidden_and_isolated_by_its_name(open_page):
    page = open_page(BOTH)
    canvases = show(page)
    photograph, all_classes = pixels(canvases.nth(0)), pixels(canvases.nth(1))
    legend = page.locator(".panel").nth(1).locator(".legend")
    first = legend.locator(".class").first
    name = first.locator(".name").inner_text()
    share = float(first.locator(".share").inner_text().removesuffix(" %")) / 100
    assert differing(photograph, all_classes) == pytest.approx(1, abs=0.02)
    first.click()
    assert first.get_attribute("aria-pressed") == "false"
    assert differing(photograph, pixels(canvases.nth(1))) == pytest.approx(1 - share, abs=0.03)
    legend.get_by_role("button", name=f"Show only {name}").click()
    assert differing(photograph, pixels(canvases.nth(1))) == pytest.approx(share, abs=0.03)
    legend.get_by_role("button", name="Show all classes").click()
    assert differing(all_classes, pixels(canvases.nth(1))) == 0


def test_the_keyboard_does_what_the_mouse_does(open_page):
    page = open_page(BOTH)
    canvases = show(page)
    canvases.nth(1).focus()
    page.keyboard.press("+")
    wait_for_value(page, "zoom", "125 %")
    page.keyboard.press("ArrowRight")
    spoken = page.locator(".viewer [role=status]")
    assert re.fullmatch(r"tiny_pets: \w+, \d+ %; tiny_street: \w+, \d+ %", spoken.inner_text())
    page.keyboard.press("0")
    wait_for_value(page, "zoom", "100 %")


def test_on_a_phone_panels_stack_and_fingers_find_the_buttons(open_page):
    page = open_page(BOTH, width=390, height=844, has_touch=True, is_mobile=True)
    canvases = show(page)
    assert no_sideways_scrolling(page)
    lefts = {round(canvases.nth(panel).bounding_box()["x"]) for panel in range(3)}
    assert len(lefts) == 1
    sizes = page.locator(".viewer button:visible, .viewer .modes span").evaluate_all(
        "all => all.map(element => element.getBoundingClientRect()).map(box => [box.width, box.height])"
    )
    assert all(width >= 44 and height >= 44 for width, height in sizes)
    canvases.nth(0).tap()
    assert page.locator(".readout:visible").count() == 3
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("heading", name="Models", exact=True).wait_for()
    assert no_sideways_scrolling(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_themes(open_page, scheme):
    page = open_page(BOTH, color_scheme=scheme)
    show(page)
    background = page.locator(".stApp").evaluate("element => getComputedStyle(element).backgroundColor")
    assert (luminance(background) < 0.1) == (scheme == "dark")
    for text in [".meta", ".legend .name", ".legend .only", ".about p", ".toolbar"]:
        colour = page.locator(text).first.evaluate(
            "element => { const probe = document.createElement('canvas').getContext('2d');"
            " probe.fillStyle = getComputedStyle(element).color; probe.fillRect(0, 0, 1, 1);"
            " return `rgb(${[...probe.getImageData(0, 0, 1, 1).data].slice(0, 3)})` }"
        )
        brighter, darker = sorted([luminance(colour), luminance(background)], reverse=True)
        assert (brighter + 0.05) / (darker + 0.05) >= 4.5, text


def luminance(colour):
    """Return the relative luminance of a CSS rgb() colour (WCAG 2.2)."""
    channels = np.array([int(value) for value in re.findall(r"\d+", colour)[:3]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
