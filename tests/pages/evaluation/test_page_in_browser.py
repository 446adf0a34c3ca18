"""The Evaluation page in a real Chromium."""

import itertools
import re
import shutil
from contextlib import ExitStack

import pytest

from data import datasets
from models.runs.run import Run
from tests.data.conftest import make_pets, make_voc
from tests.pages import scored
from tests.pages.conftest import serving, wait_until, window
from tools.dashboard import at_rest
from train.evaluation.scoring import evaluate_run

pytestmark = pytest.mark.browser
BETTER = re.compile(r"\bgood\b.*\bbetter\b.*\bbad\b")


def test_a_deep_link_on_a_fresh_server_tells_which_model_is_better(browser, tmp_path):
    folder, space = tmp_path / "runs", datasets.get("grocery").label_space
    for name, errors in [("good", 0.2), ("bad", 0.5)]:
        scored.make(folder / name, "grocery_unet.yaml", epochs=1, scores={"val": scored.evaluation(space, errors, 20)})
    with ExitStack() as stack:
        server = stack.enter_context(serving(folder, tmp_path))
        page = stack.enter_context(window(browser, width=390, height=844))
        page.goto(server.address + "/Evaluation?dataset=grocery&models=good,bad&view=Two+models")
        page.get_by_text(BETTER).first.wait_for()
        page.get_by_role("radio", name="Confusion").click()
        page.locator(".js-plotly-plot .heatmaplayer image").wait_for()
        page.wait_for_url("**view=Confusion**")
        at_rest(page)
        check_that_the_matrix_scrolls_in_its_place(page)
        with page.expect_download() as download:
            page.get_by_test_id("stDownloadButton").last.get_by_role("button").click()
        saved = download.value.path().read_text().splitlines()
        assert len(saved) == 1 + len(space.scored)
        assert saved[1].startswith("background,")
        at_rest(page)
        page.go_back()
        page.get_by_text(BETTER).first.wait_for()
        at_rest(page)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0


def test_a_bar_opens_the_images_with_most_errors_of_its_class(browser, runs_folder, tmp_path, monkeypatch):
    make_pets(tmp_path / "data" / "oxford_iiit_pet")
    monkeypatch.setenv("SEGDECK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))  # no predictions are saved in it
    model = Run(shutil.copytree(runs_folder / "tiny_pets", tmp_path / "runs" / "tiny_pets"), published=False)
    (model.path / "train_images.txt").write_text("")
    split = evaluate_run(model, tmp_path / "data", "val").splits["val"]
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path / "runs", tmp_path))
        page = stack.enter_context(window(browser))
        page.goto(server.address + "/Evaluation?dataset=oxford_iiit_pet&models=tiny_pets")
        at_rest(page)
        index = max(range(len(split.classes)), key=lambda index: split.classes[index].iou or 0)  # the longest bar
        bar = page.locator(".js-plotly-plot .barlayer .point path").nth(index)
        bar.hover(force=True)
        page.locator(".hoverlayer .hovertext").wait_for()  # Plotly ignores a click on what the mouse is not over
        bar.click(force=True)
        page.wait_for_url("**view=Images**")
        worst = max(split.per_image, key=lambda image: image.fp[index] + image.fn[index])
        caption = f"{worst.id}: {split.classes[index].name}, IoU "
        page.get_by_text(caption).first.wait_for()
        page.get_by_text(f"{worst.fn[index]:,} pixels missed, {worst.fp[index]:,} invented").first.wait_for()
        page.get_by_text("invented", exact=True).first.wait_for()  # in the legend
        at_rest(page)
        page.go_back()
        page.wait_for_url(lambda address: "view=Images" not in address)
        lost = page.locator(".st-key-chart_evaluation_errors .barlayer .point path")
        lost.first.wait_for()
        at_rest(page)
        widths = lost.evaluate_all("paths => paths.map(path => path.getBoundingClientRect().width)")
        segment = lost.nth(widths.index(max(widths)))
        segment.hover(force=True)
        page.locator(".hoverlayer .hovertext").wait_for()
        segment.click(force=True)
        page.wait_for_url("**view=Images**")
        at_rest(page)
        page.go_back()
        page.wait_for_url(lambda address: "view=Images" not in address)
        lost.first.wait_for()
        at_rest(page)
        check_that_a_cell_opens_its_pixels(page, split)


def test_a_model_is_evaluated_on_another_dataset(browser, runs_folder, tmp_path, monkeypatch):
    make_pets(tmp_path / "data" / "oxford_iiit_pet")
    make_voc(tmp_path / "data" / "VOCdevkit" / "VOC2012")
    monkeypatch.setenv("SEGDECK_DATA", str(tmp_path / "data"))
    model = Run(shutil.copytree(runs_folder / "tiny_pets", tmp_path / "runs" / "tiny_pets"), published=False)
    (model.path / "train_images.txt").write_text("")
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path / "runs", tmp_path))
        page = stack.enter_context(window(browser))
        page.goto(server.address + "/Evaluation")
        page.get_by_text("Evaluate a model").click()
        page.get_by_role("combobox", name="Model to evaluate").fill("tiny_pets")
        page.get_by_role("option", name="tiny_pets", exact=True).click()
        at_rest(page)
        page.get_by_role("combobox", name="On the dataset").click()
        page.get_by_role("option", name="PASCAL VOC 2012").click()
        page.get_by_text("Scored in the classes that both know: pet and anything else.").wait_for()
        at_rest(page)
        page.get_by_role("button", name="Evaluate", exact=True).click()
        page.locator(".st-key-stop_command button").wait_for()
        page.get_by_role("link", name="Datasets").first.click()
        page.get_by_role("heading", name="Datasets").wait_for()
        page.get_by_role("link", name="Evaluation").first.click()
        page.get_by_text("The scores are in the leaderboard").wait_for()
        page.get_by_text("Scored only in the classes that the model and PASCAL VOC 2012 both know").wait_for()
        page.wait_for_url("**dataset=voc2012**")
        assert model.scores("voc2012/val") is not None
        at_rest(page)
        assert page.get_by_test_id("stException").count() == 0


def check_that_a_cell_opens_its_pixels(page, split):
    """Predict the images once from the click on a cell, see where its pixels are, and go back to the matrix."""
    page.get_by_role("radio", name="Confusion").click()
    side = len(split.classes)
    row, column = max(itertools.product(range(side), repeat=2), key=lambda cell: split.confusion[cell[0]][cell[1]])
    cell = page.locator(".st-key-chart_evaluation_confusion .scatterlayer .point").nth(row * side + column)
    cell.wait_for()
    at_rest(page)
    cell.hover(force=True)
    page.locator(".hoverlayer .hovertext").wait_for()
    cell.click(force=True)
    page.wait_for_url("**view=Images**taken=**")
    page.get_by_role("button", name=f"Predict the {len(split.per_image)} images once").click()
    legend = page.get_by_text(f"prediction: {split.classes[column].name}", exact=True)
    legend.wait_for()
    at_rest(page)
    captions = page.get_by_text(f"pixels of {split.classes[row].name}").all_inner_texts()
    numbers = [int(re.findall(r"([\d,]+) pixels", caption)[0].replace(",", "")) for caption in captions]
    assert sum(numbers) == split.confusion[row][column]
    page.go_back()
    page.wait_for_url("**view=Confusion**")
    cell.wait_for()
    at_rest(page)
    table = page.get_by_test_id("stDataFrame").last
    table.click(position={"x": 18, "y": 52})  # the box of the first row
    page.wait_for_url("**taken=**")
    page.wait_for_url("**view=Images**")


def check_that_the_matrix_scrolls_in_its_place(page):
    """The names of 25 classes lie beside each other, though the window is narrower; the page itself does not scroll."""
    plot = page.locator(".st-key-chart_evaluation_confusion .js-plotly-plot")
    labels = plot.locator(".xaxislayer-above .xtick text")
    wait_until(lambda: labels.count() == 25 and plot.evaluate("plot => plot.getBoundingClientRect().width") > 600)
    at_rest(page)
    places = [labels.nth(index).bounding_box() for index in range(25)]
    assert all(one["x"] + one["width"] <= other["x"] + 1 for one, other in itertools.pairwise(places))
    plot.evaluate(
        """plot => {
            let place = plot;
            while (place.scrollWidth <= place.clientWidth || getComputedStyle(place).overflowX !== "auto")
                place = place.parentElement;
            place.scrollLeft = 1000;
        }"""
    )
    last = labels.nth(24).bounding_box()
    assert last["x"] + last["width"] <= 390
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
