"""Evaluations: read, checked, compared, drawn."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from data import datasets
from models.metrics.bootstrap import paired_bootstrap
from pages.evaluation import extreme_images, score_charts, significance, views
from pages.shared.content import class_iou, latency, scores
from pages.shared.ui.charts import Style
from tests.pages import scored

VOC = datasets.get("voc2012").label_space
ABSENT = ("boat", "sofa")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def two(folder):
    """Return the scores of a good and a bad model on the same drawn images, two classes of VOC absent."""
    runs = {
        name: scored.make(
            folder / name,
            "voc_mobilenetv2_pix2pix.yaml",
            epochs=1,
            scores={"val": scored.evaluation(VOC, errors, 30, ABSENT)},
        )
        for name, errors in [("good", 0.2), ("bad", 0.5)]
    }
    found, problems = scores.read(runs)
    assert problems == []
    return found


def test_scores_are_those_in_the_file(two, folder):
    content = json.loads((folder / "good" / "evaluation.json").read_text())["val"]
    good = two[0]
    assert good.summary["miou"] == content["miou"]
    assert good.confusion.tolist() == content["confusion"]
    assert good.images["miou"].tolist() == [image["miou"] for image in content["per_image"]]
    absent = good.classes.set_index("name").loc[list(ABSENT)]
    assert absent["iou"].isna().all()
    assert [one.name for one in scores.of(two[::-1], "voc2012", "val")] == ["good", "bad"]
    assert scores.of(two, "voc2012", "test") == []
    assert scores.datasets(two) == {"voc2012": datasets.get("voc2012").title}


def test_the_worst_class_of_an_image_is_one_it_shows(two):
    good = two[0]
    for row, counts in zip(good.images.itertuples(), np.moveaxis(good.counts.counts, 1, 0), strict=True):
        position = good.counts.classes.index(row.worst)
        hits, alarms, misses = counts[:, position]
        assert hits + misses > 0
        assert row.worst_iou == pytest.approx(hits / (hits + alarms + misses))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: "no json", "invalid JSON"),
        (lambda text: text[:2000], "invalid JSON"),
        (lambda text: json.dumps({"schema": 1, "val": {"miou": 0.5}}), "incomplete"),
        (lambda text: text.replace('"tp"', '"hits"'), "per_image.0.tp"),
        (lambda text: text.replace('"detection": null', '"detection": 3'), "detection"),
        (lambda text: text.replace('"miou": 0.', '"miou": 7.', 1), "miou"),
        (lambda text: text.replace('"weights": "', '"weights": "0'), "other weights now"),
    ],
)
def test_an_evaluation_that_cannot_be_used_is_named(tmp_path, folder, two, damage, words):
    run = scored.make(tmp_path / "good", "voc_mobilenetv2_pix2pix.yaml", epochs=1)
    (run.path / "evaluation.json").write_text(damage((folder / "good" / "evaluation.json").read_text()))
    found, problems = scores.read({"good": run})
    assert found == []
    (problem,) = problems
    assert words in problem
    assert "good" in problem
    assert "python -m train.evaluate" in problem


def test_different_images_are_told(two):
    from dataclasses import replace

    other = replace(two[1], counts=replace(two[1].counts, digest="other"))
    assert scores.remark_on_images(two) == ""
    assert scores.remark_on_images([two[0], other]).endswith("good; bad.")


def test_absent_classes_have_words_and_no_bar(two):
    table = class_iou.class_table(two)
    styles = {one.name: Style.of(index) for index, one in enumerate(two)}
    figure = class_iou.class_bars(table, styles)
    assert [trace.name for trace in figure.data] == ["good", "bad"]
    assert len({trace.marker.pattern.shape for trace in figure.data}) == 2
    assert {note.y for note in figure.layout.annotations} == set(ABSENT)
    words = class_iou.in_words(table, ["good", "bad"]).set_index("Class")
    assert words.loc["boat"].tolist()[1:] == ["not in this split"] * 2
    assert words.loc["cat", "good"] == f"{two[0].classes.set_index('name').loc['cat', 'iou']:.3f}"


@pytest.mark.parametrize(("by", "axis"), [("truth", 1), ("prediction", 0)])
def test_a_normalised_confusion_matrix_adds_up(two, by, axis):
    shares = score_charts.normalised(two[0].confusion, by)
    sums = shares.sum(axis=axis)
    assert np.isnan(sums).sum() == (two[0].confusion.sum(axis=axis) == 0).sum()
    np.testing.assert_allclose(sums[~np.isnan(sums)], 1)
    figure = score_charts.confusion_chart(two[0], by)
    assert list(figure.data[0].x) == list(two[0].classes["name"])
    np.testing.assert_allclose(np.array(figure.data[0].z, float), 100 * shares)


def test_the_most_frequent_confusions(two):
    table = score_charts.confusions(two[1], most=5)
    assert len(table) == 5
    assert table["Share"].is_monotonic_decreasing
    names = list(two[1].classes["name"])
    first = table.iloc[0]
    row = two[1].confusion[names.index(first["Truth"])]
    assert first["Pixels"] == row[names.index(first["Taken for"])]
    assert first["Share"] == pytest.approx(first["Pixels"] / row.sum())
    assert (table["Truth"] != table["Taken for"]).all()


def test_charts_show_every_model_and_image(two):
    styles = [Style.of(0), Style.of(1)]
    boxes = score_charts.distribution(two, styles)
    assert [len(box.x) for box in boxes.data] == [30, 30]
    lines = score_charts.reliability(two, styles).data[1:]
    assert [line.name for line in lines] == ["good", "bad"]
    assert [len(line.x) for line in lines] == [int((one.bins["pixels"] > 0).sum()) for one in two]
    figure = score_charts.quality(two, styles, {"good": 8.0}, "MB")
    assert all(trace.mode == "markers" and trace.showlegend for trace in figure.data), "a name beside would be cut off"
    assert [(trace.name, trace.x[0], trace.y[0]) for trace in figure.data] == [("good", 8.0, two[0].summary["miou"])]


def test_charts_show_names_as_they_are(two):
    odd = [replace(one, name=f"<b>{one.name}</b>") for one in two]
    styles = [Style.of(0), Style.of(1)]
    named = {one.name: style for one, style in zip(odd, styles, strict=True)}
    for figure in (
        class_iou.class_bars(class_iou.class_table(odd), named),
        score_charts.distribution(odd, styles),
        score_charts.reliability(odd, styles),
        score_charts.quality(odd, styles, dict.fromkeys(named, 8.0), "MB"),
    ):
        assert "&lt;b&gt;good&lt;/b&gt;" in {trace.name for trace in figure.data}
        assert "<b>" not in figure.to_json()


def test_worst_and_best_images(two):
    images = two[0].images.copy()
    images.loc[0, "miou"] = math.nan
    worst = extreme_images.extremes(images, extreme_images.WORST, 3)
    best = extreme_images.extremes(images, extreme_images.BEST, 3)
    assert [one.miou for one in worst] == sorted(images["miou"].dropna())[:3]
    assert [one.miou for one in best] == sorted(images["miou"].dropna(), reverse=True)[:3]
    assert worst[0].id in worst[0].caption


def test_the_verdict_is_the_bootstrap_s(two):
    good, bad = (one.counts for one in two)
    found = significance.judge(good, bad)
    assert (found.difference, found.low, found.high) == paired_bootstrap(good, bad)
    assert found.difference == pytest.approx(two[0].summary["miou"] - two[1].summary["miou"])
    assert found.shown
    assert found.sentence("good", "bad") == significance.judge(bad, good).sentence("bad", "good")


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ((0.021, 0.012, 0.030), "A is better than B by 2.1 points of mIoU, 95 % interval 1.2 to 3.0."),
        ((-0.021, -0.030, -0.012), "B is better than A by 2.1 points of mIoU, 95 % interval 1.2 to 3.0."),
        (
            (0.004, -0.001, 0.009),
            "No difference shown: A is ahead of B by 0.4 points of mIoU, 95 % interval -0.1 to 0.9.",
        ),
        (
            (-0.004, -0.009, 0.001),
            "No difference shown: B is ahead of A by 0.4 points of mIoU, 95 % interval -0.1 to 0.9.",
        ),
        ((0.0, 0.0, 0.0), "No difference shown: A and B have the same mIoU, 95 % interval 0.0 to 0.0 points."),
        ((0.0003, 0.0001, 0.0006), "A is better than B by 0.03 points of mIoU, 95 % interval 0.01 to 0.1."),
    ],
)
def test_sentences(numbers, sentence):
    assert significance.Verdict(*numbers).sentence("A", "B") == sentence


def test_differences_by_class_and_image(two):
    by_class = views.class_differences(two[0], two[1]).set_index("Class")["Difference of IoU"]
    ious = [one.classes.set_index("name")["iou"] for one in two]
    assert by_class["cat"] == pytest.approx(ious[0]["cat"] - ious[1]["cat"])
    assert by_class[list(ABSENT)].isna().all()
    by_image = views.image_differences(two[0], two[1], most=4)
    assert len(by_image) == 4
    assert by_image["Difference of mIoU"].abs().is_monotonic_decreasing
    np.testing.assert_allclose(by_image["good"] - by_image["bad"], by_image["Difference of mIoU"])


@pytest.mark.parametrize(
    ("content", "times"),
    [
        (None, {}),
        ("no json", {}),
        ('{"models": {}}', {}),
        (
            json.dumps(
                {
                    "machine": {"cpu": "Fast", "cores": 2},
                    "models": {
                        "a": {
                            "milliseconds": {"OpenVINO bfloat16": {"median": 7.0}, "OpenVINO float32": {"median": 28}}
                        },
                        "b": {"milliseconds": {"OpenVINO float32": {"median": 9}}},
                        "c": {"milliseconds": {"tf.function": {"median": 1}}},
                    },
                }
            ),
            {"a": 7.0, "b": 9.0},
        ),
    ],
)
def test_measured_speed(monkeypatch, tmp_path, content, times):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path))
    monkeypatch.setattr("configs.paths.zoo_dir", lambda: tmp_path / "zoo")
    if content is not None:
        (tmp_path / "benchmark.json").write_text(content)
    found = latency.measured()
    assert (found.milliseconds, found.machine) == (times, "Fast, 2 cores" if times else "")
    assert found.precision == ({"a": "bfloat16", "b": "float32"} if times else {})
    assert ("in bfloat16 (a) and in float32 (b)" if times else "Not measured") in latency.about(found)
