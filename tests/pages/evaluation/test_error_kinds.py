"""What the classes of a model lose their IoU by."""

import json

import numpy as np
import pytest

from models.metrics.definitions import CLASSES, ERRORS
from pages.evaluation import error_kinds
from tests.facts import mentions
from tests.pages.evaluation.conftest import ABSENT
from tests.pages.evaluation.evaluation_page import evaluation, figures

TITLES = [title for title, _ in ERRORS.values()]


def test_the_kinds_of_every_class_in_the_truth_add_up_to_what_it_loses(two):
    table = error_kinds.kinds_table(two[1])
    assert not set(table["Class"]) & set(ABSENT)
    assert len(table) == len(two[1].classes) - len(ABSENT)
    np.testing.assert_allclose(table[TITLES].sum(axis=1), 1 - table["IoU"])
    assert (table[TITLES].sum() > 0).all(), "the drawn masks have errors of every kind"


def test_the_chart_stacks_the_kinds_and_defines_them(two):
    table = error_kinds.kinds_table(two[1])
    chart = error_kinds.figure(table)
    assert [trace.name for trace in chart.data] == TITLES
    assert chart.layout.barmode == "stack"
    assert len({trace.marker.color for trace in chart.data}) == len(
        {trace.marker.pattern.shape for trace in chart.data}
    )
    for trace, (title, about) in zip(chart.data, ERRORS.values(), strict=True):
        assert about in trace.hovertemplate.replace("<br>", " "), title
    row = table[table["Confusion"] > 0].iloc[0]
    (confusion,) = [trace for trace in chart.data if trace.name == "Confusion"]
    assert row["Confused with"] in confusion.customdata[list(table["Class"]).index(row["Class"])]


def test_classes_are_shown_as_they_are_and_numbers_among_them_are_names(two):
    odd = error_kinds.kinds_table(two[1])
    odd["Class"] = ["<i>cat</i>", *map(str, range(2, len(odd) + 1))]
    chart = error_kinds.figure(odd)
    assert list(chart.data[0].y)[:2] == ["&lt;i&gt;cat&lt;/i&gt;", "2"]
    assert chart.layout.yaxis.type == "category", "7 would be the place 7 on an axis of numbers"


def test_the_scores_of_the_classes_of_one_model(scores):
    app = evaluation(dataset="voc2012", of="bad")
    assert len(figures(app)) == 3
    written = json.loads((scores / "bad" / "evaluation.json").read_text())["val"]
    cat = next(one for one in written["classes"] if one["name"] == "cat")
    row = app.dataframe[-1].value.set_index("Class").loc["cat"]
    stored = {"recall": "accuracy"}
    for key, (title, _) in CLASSES.items():
        assert row[title] == pytest.approx(cat[stored.get(key, key)]), title
    assert row["Confused with"] == cat["errors"]["partner"]


def test_scores_from_before_say_how_to_get_the_kinds(scores):
    file = scores / "good" / "evaluation.json"
    document = json.loads(file.read_text())
    for key in ("dice", "boundary_f1", "adaptive_calibration_error", "brier_score"):
        del document["val"][key]
    for entry in document["val"]["classes"]:
        for key in ("precision", "dice", "boundary_f1", "errors"):
            del entry[key]
    file.write_text(json.dumps(document))
    app = evaluation(dataset="voc2012", of="good")
    assert not app.exception
    assert not app.error
    assert len(figures(app)) == 2
    (info,) = [info.value for info in app.info if "kinds of errors" in info.value]
    assert mentions(info, "good")
    assert any("train.evaluate" in code.value and "good" in code.value for code in app.code)
    table = app.dataframe[-1].value.set_index("Class")
    assert table["Boundary F1"].isna().all()
    assert table.loc["cat", "Precision"] > 0


def test_a_class_that_is_confused_with_none_is_drawn_beside_others(two):
    table = error_kinds.kinds_table(two[0])
    table.loc[0, error_kinds.PARTNER] = None
    drawn = {bar.name: bar.customdata for bar in error_kinds.figure(table).data}["Confusion"]
    assert (drawn[0], "no class" in drawn[1:]) == ("no class", False)
