"""IoU per class as bars and as a table."""

from dataclasses import replace

import pytest

from pages.shared.content import class_iou
from pages.shared.ui.charts import Style
from tests.pages import scored

ABSENT = ("boat", "sofa")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return scored.two_models(tmp_path_factory.mktemp("runs"), ABSENT)


def test_absent_classes_have_words_and_no_bar(two):
    table = class_iou.class_table(two)
    styles = {one.name: Style.of(index) for index, one in enumerate(two)}
    figure = class_iou.class_bars(table, styles)
    assert [trace.name for trace in figure.data] == ["good", "bad"]
    assert len({trace.marker.pattern.shape for trace in figure.data}) == 2
    assert {note.y for note in figure.layout.annotations} == set(ABSENT)
    words = class_iou.as_text(table, ["good", "bad"]).set_index("Class")
    assert words.loc["boat"].tolist()[1:] == ["not in this split"] * 2
    assert words.loc["cat", "good"] == f"{two[0].classes.set_index('name').loc['cat', 'iou']:.3f}"


def test_a_legend_of_long_names_has_a_row_for_each(two):
    def top(prefix):
        named = [replace(one, name=f"{prefix}{one.name}") for one in two]
        styles = {one.name: Style.of(index) for index, one in enumerate(named)}
        return class_iou.class_bars(class_iou.class_table(named), styles).layout.margin.t

    assert top("pets_unet_wide_") - top("") == class_iou.LEGEND_ROW


def test_names_are_shown_as_they_are(two):
    odd = [replace(one, name=f"<b>{one.name}</b>") for one in two]
    chart = class_iou.class_bars(class_iou.class_table(odd), {one.name: Style.of(0) for one in odd})
    assert "&lt;b&gt;good&lt;/b&gt;" in {trace.name for trace in chart.data}
    assert "<b>" not in chart.to_json()


def test_classes_are_shown_as_they_are_and_numbers_among_them_are_names(two):
    table = class_iou.class_table(two)
    names = ["<i>cat</i>", *map(str, range(2, len(table) + 1))]
    chart = class_iou.class_bars(table.assign(Class=names), {"good": Style.of(0)})
    assert list(chart.data[0].y)[:2] == ["&lt;i&gt;cat&lt;/i&gt;", "2"]
    assert chart.layout.yaxis.type == "category", "7 would be the place 7 on an axis of numbers"


def test_models_called_like_the_tables_own_columns_have_columns_of_their_own(two):
    named = [replace(one, name=name) for one, name in zip(two, ("Class", "Share"), strict=True)]
    table = class_iou.class_table(named)
    assert table.columns.tolist() == ["Class", "Share", "Class (model)", "Share (model)"]
    usual = class_iou.class_table(two)
    assert table["Class"].tolist() == usual["Class"].tolist()
    assert table["Class (model)"].equals(usual["good"].rename("Class (model)"))
    styles = {title: Style.of(0) for title in table.columns[2:]}
    assert [trace.name for trace in class_iou.class_bars(table, styles).data] == list(styles)
    assert class_iou.as_text(table, list(styles))["Share"].tolist() == usual["Share"].tolist()
