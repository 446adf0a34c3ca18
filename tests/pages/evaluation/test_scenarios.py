"""The view of scenarios: by the truth, by the photographs, by columns of one's own."""

import re
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from data import image_table, store
from models.added.adding_predictions import add_predictions
from models.metrics.bootstrap import ImageCounts, miou_interval
from models.metrics.scenarios import Group, GroupScore
from pages.evaluation import scenario_choice, scenarios
from pages.shared.ui.charts import Style
from tests.pages import scored
from tests.pages.app import address, has_no_messages
from tests.pages.evaluation.conftest import PETS
from tests.pages.evaluation.evaluation_page import evaluation, figures
from train.evaluation.scoring import evaluate_run


def test_without_photographs_the_truth_and_own_columns_group_the_images(scores):
    app = evaluation(dataset="voc2012", models="good,bad", view="Scenarios")
    assert has_no_messages(app)
    choice = app.segmented_control(key="evaluation_scenario")
    assert choice.options == ["Size of the object", "Number of classes"]
    assert any("photographs" in info.value and "data.prepare" in info.value.replace("\\", "") for info in app.info)
    rows = "".join(f"picture_{index:03d},{'rain' if index < 12 else 'sun'}\n" for index in range(30))
    app.file_uploader[0].set_value(("mine.csv", f"id,weather\n{rows}".encode(), "text/csv")).run()
    assert has_no_messages(app)
    app.segmented_control(key="evaluation_scenario").set_value("weather").run()
    assert has_no_messages(app)
    assert address(app)["scenario"] == "weather"
    table = app.dataframe[1].value
    assert table["Group"].tolist() == ["sun", "rain"]
    assert table["Images"].tolist() == ["18", "12"]
    assert len(app.session_state[scenarios._OWN]) == 1, "kept in the visit"
    (chart,) = figures(app)[1:]
    assert [trace["name"] for trace in chart["data"]] == ["good", "bad"]
    app.file_uploader[0].set_value(("mine.csv", b"id,weather\nx,rain\n", "text/csv")).run()
    (error,) = app.error
    assert "mine.csv" in error.value
    assert "line 2" in error.value


def test_photographs_are_measured_and_group_the_images(scores, prepared_data, datasets_here, tmp_path):
    for name, wrong in [("theirs", 3), ("ours", 20)]:
        (tmp_path / name).mkdir()
        for sample in store.open_split("oxford_iiit_pet", "val", prepared_data):
            mask = sample.mask.copy()
            mask[:wrong] = 1
            Image.fromarray(mask).save(tmp_path / name / f"{sample.id}.png")
        model = add_predictions(tmp_path / name, "oxford_iiit_pet", "val", name, prepared_data)
        evaluate_run(model, prepared_data, "val")
    app = evaluation(dataset="oxford_iiit_pet", models="theirs,ours", view="Scenarios", scenario="Brightness")
    assert not app.exception
    assert not app.error
    assert app.segmented_control(key="evaluation_scenario").value == "Brightness"
    table = app.dataframe[1].value
    assert sum(int(images.split()[0]) for images in table["Images"]) == 2
    assert all("few" in images for images in table["Images"])
    assert any("two groups" in info.value and "10 images" in info.value for info in app.info), "none has that many"


def test_the_scores_are_those_of_the_groups_alone(two):
    counts = scenarios.aligned(two)
    groups = [Group("a", "", np.arange(0, 15)), Group("b", "", np.arange(15, 30))]
    found, turned = scenarios.results(counts, groups)
    assert turned == [], "the good model is better everywhere"
    for one in two:
        for group, score in zip(groups, found[one.name], strict=True):
            part = one.counts.subset(group.indices)
            assert (score.miou, score.low, score.high) == (part.miou(), *miou_interval(part))
    other = [groups[0], Group("b", "", np.arange(16, 30))]
    assert scenarios.results_key(counts, groups) != scenarios.results_key(counts, other)


def test_the_resamples_of_one_group_are_in_memory_at_a_time():
    classes, images = tuple(f"class {index}" for index in range(50)), 24
    pixels = np.random.default_rng(0).integers(1, 100, (3, images, len(classes)))
    models = {name: ImageCounts("d", classes, tuple(map(str, range(images))), pixels.copy()) for name in "ab"}
    groups = [Group(f"group {index}", "", np.arange(2) + 2 * index) for index in range(12)]
    tracemalloc.start()
    scenarios.results(models, groups)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    of_a_group = len(models) * 2000 * 3 * len(classes) * 8
    assert most < 4 * of_a_group, "the groups have twelve times as much"


def test_groups_of_few_images_are_marked_and_names_shown_as_they_are(two):
    counts = scenarios.aligned(two)
    groups = [Group("<b>dark", "", np.arange(9)), Group("bright", "", np.arange(9, 30))]
    found, _ = scenarios.results(counts, groups)
    chart = scenarios.figure(groups, found, {one.name: Style.of(index) for index, one in enumerate(two)})
    assert [symbol.endswith("-open") for symbol in chart.data[0].marker.symbol] == [True, False]
    assert chart.layout.yaxis.ticktext[0].startswith("&lt;b&gt;dark")
    long = [
        Group("10 breeds with fewer than 10 images each", "", groups[0].indices),
        Group("x" * 200, "", np.arange(9)),
    ]
    for text in scenarios.figure(long, found, {one.name: Style.of(0) for one in two}).layout.yaxis.ticktext:
        assert len(text.split("<br>")) <= 4
        assert max(map(len, text.split("<br>"))) <= scenarios.LONGEST_LINE
    table = scenarios.table(groups, found)
    assert table["Images"].tolist() == ["9 (few)", "21"]
    _, low, high = (float(number) for number in re.findall(r"[\d.]+", table["good"][1]))
    assert low < found["good"][1].miou < high


def test_models_scored_on_other_images_are_left_out(two):
    part = two[1].stored.model_copy(update={"per_image": two[1].stored.per_image[::-1]})
    turned = type(two[1])("turned", two[1].run, "val", part)
    fewer = type(two[1])("fewer", two[1].run, "val", part.model_copy(update={"per_image": part.per_image[1:]}))
    found = scenarios.aligned([two[0], turned, fewer])
    assert list(found) == ["good", "turned"]
    np.testing.assert_array_equal(found["turned"].counts, two[1].counts.counts)


def test_the_size_of_the_object_and_the_number_of_classes_are_those_of_the_truth(two):
    counts = two[0].counts
    truth = counts.counts[0] + counts.counts[2]
    for index, image in enumerate(truth):
        shown = {name for name, pixels in zip(counts.classes, image, strict=True) if pixels}
        assert scenario_choice.classes_shown(counts)[index] == len(shown)
        things = sum(p for name, p in zip(counts.classes, image, strict=True) if name != "background")
        assert scenario_choice.object_share(counts)[index] == pytest.approx(things / image.sum())


def test_columns_that_make_no_groups_are_told_and_names_are_told_apart():
    ids = [f"{index}" for index in range(40)]
    rows = "".join(f"{index},note {index},{index},,rain\n" for index in range(40))
    table = image_table.parse(f"id,note,Brightness,empty,weather\n{rows}".encode(), "t.csv", ids)
    groups = scenario_choice.own_groups(table, {"Brightness"})
    assert {title: len(found) for title, found in groups.items()} == {
        "Brightness (uploaded)": 3,
        "note": 40,
        "empty": 0,
        "weather": 1,
    }
    told = scenario_choice._told("t.csv", table, 40, groups)
    assert "note (40)" in told
    assert "empty" in told


def test_images_are_grouped_by_their_breed(no_models):
    val = scored.evaluation(PETS, 0.3, 24)
    for number, image in enumerate(val["per_image"]):
        image["id"] = f"{'boxer' if number % 2 else 'Maine_Coon'}_{number}"
    scored.make(no_models / "pets", epochs=1, scores={"val": val})
    app = evaluation(dataset="oxford_iiit_pet", models="pets", view="Scenarios", scenario="Breed")
    assert not app.exception
    assert not app.error
    assert app.segmented_control(key="evaluation_scenario").value == "Breed"
    table = app.dataframe[1].value
    assert dict(zip(table["Group"], table["Images"], strict=True)) == {"Maine Coon": "12", "boxer": "12"}


def test_models_called_like_the_tables_own_columns_have_columns_of_their_own():
    groups = [Group("dark", "0 to 1", np.arange(12))]
    score = GroupScore(0.5, 0.4, 0.6)
    table = scenarios.table(groups, {name: [score] for name in scenarios.OWN})
    assert table.iloc[0].to_dict() == {
        "Group": "dark",
        "Range": "0 to 1",
        "Images": "12",
        **{f"{name} (model)": "0.500 (0.400 to 0.600)" for name in scenarios.OWN},
    }


def test_uploaded_columns_called_like_other_scenarios_are_told_apart():
    table = image_table.parse(b"id,Size,Size (uploaded)\na,1,2\n", "mine.csv", ["a"])
    assert len(scenario_choice.own_groups(table, {"Size"})) == 2
