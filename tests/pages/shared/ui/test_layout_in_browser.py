"""The layout of every page in a browser: navigation, history, and contrast of text in both themes."""

import re

import pytest

from data import datasets
from tests.pages import scored
from tests.pages.conftest import serving, wait_until, window
from tools.dashboard import at_rest

pytestmark = pytest.mark.browser

COLOURS = """element => {
  const style = getComputedStyle(element), svg = element instanceof SVGElement;
  const shown = svg ? style.fill : style.color, backgrounds = [];
  for (let one = element; one; one = one.parentElement) backgrounds.push(getComputedStyle(one).backgroundColor);
  return [shown, svg ? style.fillOpacity : style.opacity, backgrounds];
}"""


def rgba(text):
    red, green, blue, *alpha = (float(number) for number in re.findall(r"[\d.]+", text))
    return (red, green, blue), alpha[0] if alpha else 1.0


def over(colour, alpha, below):
    return tuple(alpha * one + (1 - alpha) * other for one, other in zip(colour, below, strict=True))


def luminance(colour):
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (one / 255 for one in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(element):
    """Return the contrast of an element's text to its background, as WCAG 2 defines it."""
    shown, opacity, backgrounds = element.evaluate(COLOURS)
    ground = (255.0, 255.0, 255.0)
    for colour, alpha in map(rgba, reversed(backgrounds)):
        ground = over(colour, alpha, ground)
    colour, alpha = rgba(shown)
    high, low = sorted((luminance(over(colour, alpha * float(opacity), ground)), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(scope="module")
def scored_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, errors in [("one", 0.2), ("two", 0.4)]:
        val = scored.evaluation(datasets.get("oxford_iiit_pet").label_space, errors)
        scored.make(folder / name, epochs=3, best=2, scores={"val": val})
    with serving(folder, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_selected_buttons_and_axes_have_contrast(browser, scored_server, theme):
    with window(browser, height=1200, color_scheme=theme) as page:
        page.goto(scored_server.address + "/Training?runs=one&curves=loss")
        page.locator(".js-plotly-plot .xtick text").first.wait_for()
        at_rest(page)  # colour transitions have ended
        for what in ('button[data-selected="true"]:has-text("Loss") p', '[role="radio"][data-selected="true"] p',
                     ".xtick text", ".ytick text", ".xtitle"):  # fmt: skip
            found = page.locator(what).first
            assert contrast(found) >= 4.5, what


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_code_and_the_primary_button_have_contrast(browser, scored_server, theme):
    with window(browser, height=1200, color_scheme=theme) as page:
        page.goto(scored_server.address + "/Models?model=one&view=Recipe")
        for kind in ("number", "key", "null", "parameter"):
            found = page.locator(f".stCode .token.{kind}").first
            assert contrast(found) >= 4.5, kind
        page.goto(scored_server.address)
        assert contrast(page.get_by_test_id("stBaseButton-primary").locator("p")) >= 4.5


COVERED = """() => {
  const found = [];
  for (const bar of document.querySelectorAll('[data-testid=stElementToolbar], .modebar')) {
    const own = bar.closest('.stElementContainer');
    const others = '[role=tab], .stDataFrame, .js-plotly-plot .legend, .js-plotly-plot .annotation';
    for (const other of document.querySelectorAll(others)) {
      if (other.matches('.stDataFrame') && own.contains(other)) continue;
      const [a, b] = [bar, other].map((one) => one.getBoundingClientRect());
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 1) found.push(`${own.innerText.slice(0, 40)} over ${other.textContent.slice(0, 40)}`);
    }
  }
  return found;
}"""
"""Returns the toolbars of tables and charts that lie over something else."""
CHARTS_FIT = """() => [...document.querySelectorAll('.js-plotly-plot')].every((plot) => {
  const drawn = plot.querySelector('.main-svg')?.getBoundingClientRect().width;
  return drawn && Math.abs(drawn - plot.getBoundingClientRect().width) <= 1;
})"""
"""Returns whether every chart has been drawn in the width that the page gives it."""


@pytest.mark.parametrize(
    ("path", "awaited"),
    [
        ("/Compare?models=tiny_pets,tiny_street&sample=chelsea&view=objects", ".stDataFrame >> nth=1"),
        ("/Evaluation?dataset=oxford_iiit_pet&models=one,two", ".st-key-chart_evaluation_classes .legend"),
        ("/Models?model=pets&view=Layers", ".st-key-chart_models_layers .modebar"),
    ],
)
def test_on_a_phone_toolbars_cover_nothing(browser, scored_server, server, pets_model, path, awaited):
    address = scored_server.address if path.startswith("/Evaluation") else server.address
    with window(browser, width=390, height=844, has_touch=True, is_mobile=True) as page:
        page.goto(address + path.replace("=pets&", f"={pets_model}&"))
        page.locator(awaited).wait_for()
        page.locator("[data-testid=stElementToolbar]").first.wait_for()
        wait_until(lambda: page.evaluate(CHARTS_FIT))
        at_rest(page)
        assert page.evaluate(COVERED) == []


def test_the_logo_is_decorative_and_small(browser, scored_server):
    with window(browser) as page:
        page.goto(scored_server.address)
        navigation = page.locator(".st-key-navigation")
        navigation.get_by_role("link", name="Models").wait_for()
        at_rest(page)
        logo = navigation.locator("img")
        assert logo.get_attribute("alt") == ""
        assert logo.evaluate("image => image.getBoundingClientRect().width") == 28
        assert navigation.get_by_role("button").count() == 0


def test_each_step_back_leads_to_another_page_although_pages_complete_their_addresses(open_page):
    page = open_page("/")
    page.get_by_test_id("stDataFrame").first.wait_for()
    at_rest(page)
    wait_until(lambda: page.evaluate("history.patched"))
    steps = [page.url]
    for title in ["Compare", "Training", "Evaluation", "Datasets", "Models", "Video"]:
        page.locator(".st-key-navigation").get_by_role("link", name=title, exact=True).click()
        page.get_by_role("heading", name=title, exact=True).wait_for()
        page.wait_for_url(f"**/{title}?**")
        at_rest(page)
        steps.append(page.url)
    for url in reversed(steps[:-1]):
        page.go_back()
        page.wait_for_url(url)
        at_rest(page)


@pytest.mark.parametrize("before", ["", "Compare"], ids=["loaded", "navigated"])
def test_a_query_pushed_before_its_path_adds_no_history_entry(open_page, before):
    """Streamlit sometimes pushes /?models=a and right afterwards /Compare?models=a."""
    page = open_page(f"/{before}")
    at_rest(page)
    if before:
        page.locator(".st-key-navigation").get_by_role("link", name="Overview").click()
        page.get_by_role("heading", name="Models", exact=True).wait_for()
        at_rest(page)
    overview = page.url
    assert overview.endswith("/")
    # The page can be at rest before the browser has loaded its scripts.
    wait_until(lambda: page.evaluate("history.patched"))
    page.evaluate("""() => {
      history.pushState({}, "", "/?models=tiny_pets");
      history.pushState({}, "", "/Compare?models=tiny_pets");
    }""")
    assert page.url.endswith("/Compare?models=tiny_pets")
    page.go_back()
    page.wait_for_url(overview)
    at_rest(page)
    assert page.url == overview
    page.get_by_role("heading", name="Models", exact=True).wait_for()
