"""The confusion matrix of one model."""

from dataclasses import replace

import numpy as np
import pytest

from pages.evaluation import confusion_matrix


@pytest.mark.parametrize(("by", "axis"), [("truth", 1), ("prediction", 0)])
def test_a_normalised_confusion_matrix_adds_up(two, by, axis):
    shares = confusion_matrix.normalised(two[0].confusion, by)
    sums = shares.sum(axis=axis)
    assert np.isnan(sums).sum() == (two[0].confusion.sum(axis=axis) == 0).sum()
    np.testing.assert_allclose(sums[~np.isnan(sums)], 1)
    figure = confusion_matrix.figure(two[0], by)
    assert list(figure.data[0].x) == list(two[0].classes["name"])
    np.testing.assert_allclose(np.array(figure.data[0].z, float), 100 * shares)


def test_the_most_confused_classes_come_first(two):
    table = confusion_matrix.most_confused(two[1], most=5)
    assert len(table) == 5
    assert table["Share"].is_monotonic_decreasing
    names = list(two[1].classes["name"])
    first = table.iloc[0]
    row = two[1].confusion[names.index(first["Truth"])]
    assert first["Pixels"] == row[names.index(first["Taken for"])]
    assert first["Share"] == pytest.approx(first["Pixels"] / row.sum())
    assert (table["Truth"] != table["Taken for"]).all()


def test_classes_are_shown_as_they_are_and_numbers_among_them_are_names(two):
    renamed = [entry.model_copy(update={"name": f"{index}"}) for index, entry in enumerate(two[0].stored.classes)]
    renamed[0] = renamed[0].model_copy(update={"name": "<i>cat</i>"})
    odd = replace(two[0], stored=two[0].stored.model_copy(update={"classes": tuple(renamed)}))
    figure = confusion_matrix.figure(odd, "truth")
    assert figure.data[0].x[0] == figure.data[1].y[0] == "&lt;i&gt;cat&lt;/i&gt;"
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("category", "category")


def test_every_cell_has_a_point_to_click_on(two):
    names = list(two[0].classes["name"])
    points = confusion_matrix.figure(two[0], "truth").data[1]
    assert list(zip(points.y, points.x, strict=True)) == [(truth, taken) for truth in names for taken in names]
    confusion = two[0].confusion
    row, column = np.argwhere(confusion > 0)[3]
    assert f"{confusion[row, column]:,} pixels" in points.text[row * len(names) + column]
    told = []
    for cell in (row * len(names) + column, np.flatnonzero(confusion == 0)[0]):
        confusion_matrix._pick(two[0], {"point_index": cell}, lambda *classes: told.append(classes))
    assert told == [("good", names[row], names[column])], "a cell without pixels opens nothing"


def test_a_class_called_like_the_column_of_names_has_a_column_of_its_own(two):
    classes = list(two[0].stored.classes)
    classes[0] = classes[0].model_copy(update={"name": "truth \\ prediction"})
    odd = replace(two[0], stored=two[0].stored.model_copy(update={"classes": tuple(classes)}))
    table = confusion_matrix.pixel_table(odd)
    assert table.columns[:2].tolist() == ["truth \\ prediction", "truth \\ prediction (class)"]
    assert table.iloc[:, 0].tolist() == [one.name for one in classes]
    assert np.array_equal(table.iloc[:, 1:].to_numpy(), odd.confusion)
