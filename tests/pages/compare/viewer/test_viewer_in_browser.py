"""The viewer in a real Chromium, on label maps whose every pixel is known."""

import re

import numpy as np
import plotly.colors
import pytest

from tests.pages.compare.viewer import viewer_page as made
from tests.pages.compare.viewer.canvases import pixels
from tests.pages.conftest import serving, wait_until, window
from tools.dashboard import at_rest, place

pytestmark = pytest.mark.browser

PANELS = {"Picture": 0, "sided": 1, "layered": 2, "Ground truth": 3, "Agreement": 4}
LABELS = {"sided": made.sided(), "layered": made.layered(), "Ground truth": made.partly_labelled()}
CAT, GROUND = ((*bytes.fromhex(made.COLOURS[name][1:]), 255) for name in ("cat", "ground"))
CLEAR = (0, 0, 0, 0)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("viewer")  # without runs: the page needs none
    with serving(folder, folder, "tests/pages/compare/viewer/viewer_page.py") as server:
        yield server.address


@pytest.fixture(scope="module")
def shared_page(browser, address):
    with window(browser, height=1000) as page:
        yield page


@pytest.fixture
def page(shared_page, address):
    """Return a page with the viewer as on a first visit."""
    return first_visit(shared_page, address)


def first_visit(page, address):
    page.goto(address)
    page.evaluate("sessionStorage.clear()")
    page.goto(address)  # a reload would keep the settings in the address
    page.locator(".viewer[data-panels='4']").wait_for()
    at_rest(page)
    return page


def panel(page, name):
    return page.locator(".panel").nth(PANELS[name])


def shown(page, name):
    return pixels(panel(page, name).locator("canvas"))


def colour_at(image, x, y):
    """Return the colour at a point given as fractions."""
    return tuple(int(value) for value in image[int(y * image.shape[0]), int(x * image.shape[1])])


def choose(page, name):
    page.get_by_role("radio", name=name).check()


def test_pointing_in_one_panel_reads_all_of_them(page):
    canvas = panel(page, "layered").locator("canvas")
    names = {0: "cat", 1: "ground", made.NOTHING: "no label"}
    for x, y in [(0.2, 0.1), (0.6, 0.3), (0.3, 0.9), (0.9, 0.6)]:
        page.mouse.move(*place(canvas, x, y))
        row, column = int(y * made.SIZE[0]), int(x * made.SIZE[1])
        said = {name: panel(page, name).locator(".readout").inner_text().split("\n") for name in PANELS}
        percent = f"{made.confidence()[row, column]} %"
        for name in ("sided", "layered"):
            assert said[name] == [names[LABELS[name][row, column]], percent]
        assert said["Ground truth"] == [names[LABELS["Ground truth"][row, column]]], (
            "the ground truth has no confidence"
        )
        same = LABELS["sided"][row, column] == LABELS["layered"][row, column]
        assert said["Agreement"] == ["agree" if same else "differ"]
        lit = [panel(page, name).locator("li.here .name").all_inner_texts() for name in ("sided", "Agreement")]
        assert lit == [[said["sided"][0]], said["Agreement"]]
        marks = page.locator(".panel .mark:visible").evaluate_all(
            "all => all.map(mark => { const [a, b] = [mark, mark.parentElement].map(e => e.getBoundingClientRect());"
            " return [(a.x + a.width / 2 - b.x) / b.width, (a.y + a.height / 2 - b.y) / b.height] })"
        )
        assert np.allclose(marks, [(x, y)] * len(PANELS), atol=0.01)


def test_swipe_shows_two_panels_at_a_divider(page):
    choose(page, "Mask only")
    choose(page, "Swipe")
    canvas = page.locator(".swipe canvas")
    divider = page.get_by_role("slider", name="Divider")
    corners = [(x, y) for y in (0.25, 0.75) for x in (0.1, 0.4, 0.6, 0.9)]
    left, right = [CAT, CAT, GROUND, GROUND] * 2, [CAT] * 4 + [GROUND] * 4

    def drawn():
        image = pixels(canvas)
        return [colour_at(image, x, y) for x, y in corners]

    assert divider.get_attribute("aria-valuenow") == "50"
    assert drawn() == left[:2] + right[2:4] + left[4:6] + right[6:]
    divider.press("Home")
    assert drawn() == right
    divider.press("End")
    assert drawn() == left
    divider.press("ArrowLeft")
    page.locator(".swipe [aria-valuetext='sided 98 %, layered 2 %']").wait_for()
    page.mouse.move(*place(divider, 0.6, 0.2))
    page.mouse.down()
    page.mouse.move(*place(canvas, 0.25, 0.3), steps=3)
    page.mouse.up()
    assert drawn() == left[:1] + right[1:4] + left[4:5] + right[5:]
    page.mouse.move(*place(canvas, 0.1, 0.9))
    assert page.locator(".swipe .readout").all_inner_texts() == ["cat\n100 %", "ground\n100 %"]

    page.get_by_label("On the right").select_option("sided")
    assert page.get_by_label("On the left").input_value() == "layered", "the two swap sides"
    page.get_by_label("On the left").select_option("Picture")
    assert drawn()[1:4] == left[1:4]
    assert drawn()[0] not in (CAT, GROUND, CLEAR)


def test_confidence_is_drawn_in_its_colours(page):
    choose(page, "Confidence")
    image = shown(page, "sided")
    for y, percent in [(0.1, 0), (0.4, 25), (0.6, 50), (0.9, 100)]:
        expected = plotly.colors.sample_colorscale("Cividis", percent / 100, colortype="tuple")[0]
        assert np.allclose(np.array(colour_at(image, 0.3, y)[:3]) / 255, expected, atol=0.006)
    panel(page, "sided").get_by_role("button", name="Show only cat").click()
    image = shown(page, "sided")
    assert [colour_at(image, x, 0.9) == CLEAR for x in (0.3, 0.7)] == [False, True]
    assert colour_at(shown(page, "Ground truth"), 0.2, 0.5) == CAT
    assert [panel(page, name).locator(".lack").is_visible() for name in PANELS] == [False] * 3 + [True] * 2
    assert page.locator(".scale").is_visible()
    assert page.locator(".opacity input").is_hidden()


def test_boxes_surround_the_objects_that_are_not_hidden(page):
    choose(page, "Mask only")
    plain = shown(page, "sided")
    boxes = page.get_by_role("checkbox", name="Boxes")
    boxes.check()
    changed = (shown(page, "sided") != plain).any(axis=2)
    height, width = changed.shape
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    left, top, wide, high = made.BOX
    assert np.allclose([columns[0] / width, rows[0] / height], [left, top], atol=0.015)
    assert np.allclose([columns[-1] / width, rows[-1] / height], [left + wide, top + high], atol=0.015)
    middle = changed[int((top + 0.7 * high) * height), int((left + 0.5 * wide) * width)]
    assert not middle, "only the outline of a box is drawn"
    panel(page, "sided").get_by_role("button", name="Show only ground").click()
    assert set(map(tuple, np.unique(shown(page, "sided").reshape(-1, 4), axis=0).tolist())) == {CLEAR, GROUND}
    panel(page, "sided").get_by_role("button", name="Show all classes").click()
    boxes.uncheck()
    assert (shown(page, "sided") == plain).all()


def test_a_class_is_hidden_in_every_panel_of_its_label_space(page):
    choose(page, "Mask only")
    before = shown(page, "Agreement")
    panel(page, "layered").locator(".class", has_text="cat").click()
    for name in ("sided", "layered", "Ground truth"):
        assert colour_at(shown(page, name), 0.2, 0.2) == CLEAR
    assert colour_at(shown(page, "layered"), 0.2, 0.8) == GROUND
    panel(page, "Ground truth").get_by_role("button", name="Show only cat").click()
    assert colour_at(shown(page, "sided"), 0.2, 0.2) == CAT
    assert colour_at(shown(page, "sided"), 0.8, 0.2) == CLEAR
    assert (shown(page, "Agreement") == before).all()
    panel(page, "Agreement").get_by_role("button", name="Show only differ").click()
    assert colour_at(shown(page, "Agreement"), 0.2, 0.2) == CLEAR
    assert colour_at(shown(page, "sided"), 0.2, 0.2) == CAT


def test_settings_survive_new_panels_and_the_zoom_ends_with_its_picture(page):
    choose(page, "Mask only")
    panel(page, "sided").locator(".class", has_text="ground").click()
    page.get_by_role("button", name="Zoom in").click(click_count=2)
    zoomed = shown(page, "sided")
    page.get_by_text("A third model").click()
    page.locator(".viewer[data-panels='5'][data-models='3']").wait_for()
    at_rest(page)
    assert page.locator(".zoom output").inner_text() == "156 %"
    assert page.get_by_role("radio", name="Mask only").is_checked()
    assert (shown(page, "sided") == zoomed).all()
    third = page.locator(".panel").filter(has=page.get_by_text("third", exact=True)).locator("canvas")
    assert colour_at(pixels(third), 0.5, 0.9) == CLEAR
    page.get_by_text("Another picture").click()
    page.get_by_text("noise 1").wait_for()
    page.locator(".zoom output", has_text=re.compile("^100 %$")).wait_for()
    assert page.get_by_role("radio", name="Mask only").is_checked()


class Fingers:
    """Moves fingers over a page as touch input, which the browser also turns into scrolling."""

    def __init__(self, page):
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def drag(self, *ways, steps=10):
        """Move one finger along each way, given by its ends."""
        self._send("touchStart", [start for start, _ in ways])
        for step in range(1, steps + 1):
            self._send("touchMove", [tuple(np.array(a) + step / steps * (np.array(b) - a)) for a, b in ways])
            self.page.evaluate("() => new Promise(requestAnimationFrame)")  # a finger moves once per frame
        self._send("touchEnd", [])

    def _send(self, kind, points):
        found = [{"x": float(x), "y": float(y), "id": number} for number, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": found})


@pytest.fixture
def phone(browser, address):
    with window(browser, width=390, height=844, has_touch=True, is_mobile=True) as page:
        yield first_visit(page, address)


def scrolled(page):
    return page.get_by_test_id("stMain").evaluate("main => main.scrollTop")


def bring_into_view(page, canvas):
    page.evaluate("element => element.scrollIntoView({block: 'center'})", canvas.element_handle())
    at_rest(page)


def zoom(page):
    return int(page.locator(".zoom output").inner_text().removesuffix(" %"))


def test_a_finger_scrolls_the_page_and_moves_a_panel_once_it_is_zoomed_in(phone):
    canvas = panel(phone, "sided").locator("canvas")
    canvas.scroll_into_view_if_needed()
    at_rest(phone)
    fingers, before = Fingers(phone), scrolled(phone)
    fingers.drag((place(canvas, 0.5, 0.8), place(canvas, 0.5, 0.3)))
    wait_until(lambda: scrolled(phone) > before + 50)
    at_rest(phone)
    assert phone.locator(".readout:visible").count() == 0, "scrolling is not pointing"

    bring_into_view(phone, canvas)
    before, whole = scrolled(phone), shown(phone, "layered")
    for x, y, percent in [(0.3, 0, 300), (0, 0.3, 900)]:  # fingers side by side, then one above the other
        ways = [
            (place(canvas, 0.5 + s * x / 3, 0.5 + s * y / 3), place(canvas, 0.5 + s * x, 0.5 + s * y)) for s in (-1, 1)
        ]
        fingers.drag(*ways)
        at_rest(phone)
        assert zoom(phone) == pytest.approx(percent, rel=0.05)
    close = shown(phone, "layered")
    assert (close != whole).any()
    fingers.drag((place(canvas, 0.5, 0.2), place(canvas, 0.5, 0.9)))
    at_rest(phone)
    assert (shown(phone, "layered") != close).any(), "the finger moves the picture in all panels"
    assert scrolled(phone) == before
    assert phone.evaluate("visualViewport.scale") == 1, "the page itself is not magnified"
    canvas.tap(position={"x": 60, "y": 60})
    assert phone.locator(".readout:visible").count() == len(PANELS)


def test_the_point_between_two_fingers_stays_there_while_they_spread(phone):
    choose(phone, "Mask only")
    canvas = panel(phone, "sided").locator("canvas")
    bring_into_view(phone, canvas)
    fingers = Fingers(phone)
    # The border of the two classes is in the middle; first from 100 %, where the view is clamped, then from there on.
    for start, end in [(0.1, 0.2), (0.06, 0.2)]:
        fingers.drag(*[(place(canvas, 0.5 + s * start, 0.5), place(canvas, 0.5 + s * end, 0.5)) for s in (-1, 1)])
        at_rest(phone)
        image = shown(phone, "sided")
        row = (image[len(image) // 2] == CAT).all(axis=1)
        assert abs(int(row.sum()) - len(row) / 2) <= 1
    assert zoom(phone) > 600


def test_a_finger_drags_the_divider_and_scrolls_beside_it(phone):
    choose(phone, "Swipe")
    canvas, divider = phone.locator(".swipe canvas"), phone.get_by_role("slider", name="Divider")
    bring_into_view(phone, canvas)
    fingers, before = Fingers(phone), scrolled(phone)
    fingers.drag((place(canvas, 0.5, 0.6), place(canvas, 0.2, 0.3)))
    at_rest(phone)
    assert int(divider.get_attribute("aria-valuenow")) == pytest.approx(20, abs=2)
    fingers.drag((place(canvas, 0.2, 0.1), place(canvas, 0.9, 0.5)))
    at_rest(phone)
    assert int(divider.get_attribute("aria-valuenow")) == pytest.approx(90, abs=2)
    assert scrolled(phone) == before
    assert zoom(phone) == 100
    fingers.drag((place(canvas, 0.3, 0.9), place(canvas, 0.3, 0.4)))
    wait_until(lambda: scrolled(phone) > before + 50)
    assert int(divider.get_attribute("aria-valuenow")) == pytest.approx(90, abs=2)


def test_on_a_phone_swipe_fits_and_every_control_is_large_enough_for_a_finger(phone):
    choose(phone, "Swipe")
    assert phone.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
    sizes = phone.locator(
        ".viewer button:visible, .viewer select:visible, .viewer .choice span, .divider"
    ).evaluate_all("all => all.map(element => element.getBoundingClientRect()).map(box => [box.width, box.height])")
    assert all(min(size) >= 44 for size in sizes)
    phone.locator(".swipe canvas").tap(position={"x": 60, "y": 60})
    assert phone.locator(".swipe .readout:visible").count() == 2
