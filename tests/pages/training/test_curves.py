"""Smoothing, best epochs and the charts of training curves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.shared.ui.charts import Style, literal
from pages.training import curves
from pages.training.curve_charts import TIME, ChartOptions, metric_figure
from pages.training.curves import TrainingCurves
from tests.pages import scored

VALUES = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40)


def reference(values, weight):
    """Smooth as TensorBoard does: a moving average divided by the sum of its weights."""
    last, seen, result = 0.0, 0, []
    for value in values:
        if np.isnan(value):
            result.append(value)
            continue
        last, seen = last * weight + (1 - weight) * value, seen + 1
        result.append(last / (1 - weight**seen))
    return result


@given(VALUES, st.floats(0.01, 0.99))
def test_smoothing_agrees_with_another_implementation(values, weight):
    values = [np.nan if index % 5 == 4 else value for index, value in enumerate(values)]
    np.testing.assert_allclose(curves.smooth(pd.Series(values), weight), reference(values, weight), atol=1e-6)


@given(VALUES, st.floats(0, 0.99))
def test_smoothing_stays_between_lowest_and_highest(values, weight):
    smoothed = curves.smooth(pd.Series(values), weight)
    assert smoothed.min() >= min(values) - 1e-6
    assert smoothed.max() <= max(values) + 1e-6
    assert smoothed.iloc[0] == pytest.approx(values[0])


@pytest.mark.parametrize(
    ("table", "best"),
    [
        ({"val_miou": [0.1, 0.5, 0.5], "val_loss": [1, 3, 2]}, (1, "val_miou")),
        ({"val_miou": [np.nan] * 3, "val_accuracy": [0.1, np.nan, 0.2]}, (2, "val_accuracy")),
        ({"val_loss": [3.0, 1.0, 2.0]}, (1, "val_loss")),
        ({"loss": [3.0, 1.0, 2.0]}, None),
        ({"val_miou": []}, None),
    ],
)
def test_the_best_epoch(table, best):
    assert curves.best_epoch(pd.DataFrame(table, dtype=float)) == best


@pytest.mark.parametrize(("small", "best"), [(0, 1), (1, 1), (2, 3), (3, 3), (4, 1), (9, 1)])
def test_epochs_at_a_smaller_size_count_only_if_there_are_no_others(small, best):
    table = pd.DataFrame({"val_miou": [0.1, 0.5, 0.2, 0.4]})
    assert curves.best_epoch(table, small) == (best, "val_miou")


def test_the_best_epoch_marked_is_one_at_the_full_size(tmp_path):
    part = "train.small_start={part: 0.5, image_size: [32, 32], scale: null}"
    run = scored.make(tmp_path / "a", changes=["train.epochs=6", part], epochs=6, best=2)
    figure = metric_figure("miou", [curves.run_curves("a", run)], STYLES, ChartOptions())
    (star,) = [trace for trace in figure.data if trace.marker.symbol == "star"]
    assert star.x[0] > 3


@pytest.fixture
def two_trainings(tmp_path):
    """Return the curves of two runs."""
    runs = [scored.make(tmp_path / "a", epochs=6, best=4), scored.make(tmp_path / "b", epochs=3, best=2)]
    return [curves.run_curves(run.name, run) for run in runs]


STYLES = {"a": Style.of(0), "b": Style.of(1)}


def test_validation_is_solid_training_dashed_and_the_best_epoch_a_star(two_trainings):
    figure = metric_figure("miou", two_trainings, STYLES, ChartOptions())
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [(line.name, line.line.dash) for line in lines] == [
        ("a", "solid"),
        ("a", "dash"),
        ("b", "solid"),
        ("b", "dash"),
    ]
    assert [line.showlegend for line in lines] == [True, False, True, False]
    assert {line.marker.symbol for line in lines} == {style.symbol for style in STYLES.values()}
    stars = [trace for trace in figure.data if trace.marker.symbol == "star"]
    assert [(star.x[0], star.y[0]) for star in stars] == [(4, 0.9), (2, 0.9)]


def test_the_measured_curve_is_drawn_faintly_behind_the_smoothed_one(two_trainings):
    figure = metric_figure("loss", two_trainings[:1], STYLES, ChartOptions(smoothing=0.8))
    faint, smoothed = figure.data[:2]
    assert faint.opacity < 0.5
    np.testing.assert_array_equal(faint.y, two_trainings[0].table["val_loss"])
    np.testing.assert_allclose(smoothed.y, curves.smooth(two_trainings[0].table["val_loss"], 0.8))


@pytest.mark.parametrize(("epochs", "step"), [(3, 1), (8, 1), (20, None)])
def test_the_axis_has_no_half_epochs(epochs, step):
    table = pd.DataFrame({"epoch": range(1, epochs + 1), "time": 1.0, "loss": 1.0})
    figure = metric_figure("loss", [TrainingCurves("a", table, "CSV log")], STYLES, ChartOptions())
    assert figure.layout.xaxis.dtick == step


def test_the_time_unit_suits_the_longest_training(two_trainings):
    figure = metric_figure("loss", two_trainings, STYLES, ChartOptions(x=TIME, logarithmic=True))
    np.testing.assert_allclose(figure.data[0].x, np.arange(1, 7) * 30 / 60)  # 30 seconds an epoch
    assert figure.layout.xaxis.title.text == "Time (min)"
    assert figure.layout.yaxis.type == "log"


def test_the_learning_rate_is_one_solid_unsmoothed_curve(two_trainings):
    figure = metric_figure("learning_rate", two_trainings[:1], STYLES, ChartOptions(smoothing=0.9))
    (line,) = figure.data
    assert line.line.dash == "solid"
    np.testing.assert_array_equal(line.y, two_trainings[0].table["learning_rate"])


def test_the_long_table_has_every_figure(two_trainings):
    table = curves.long_table("loss", two_trainings, 0.0)
    assert len(table) == 2 * (6 + 3)
    assert set(table["part"]) == {"training", "validation"}
    row = table[(table["run"] == "b") & (table["part"] == "validation") & (table["epoch"] == 2)].iloc[0]
    assert row["loss"] == two_trainings[1].table["val_loss"][1] == row["smoothed"]


def test_a_run_without_a_finished_epoch_has_no_curves(tmp_path):
    run = scored.make(tmp_path / "new", epochs=0)
    assert curves.run_curves("new", run).metrics() == []


def test_unknown_metrics_come_last():
    table = pd.DataFrame({"epoch": [1.0], "time": [1.0], "val_mAP": [0.1], "loss": [1.0], "val_miou": [np.nan]})
    assert TrainingCurves("x", table, "").metrics() == ["loss", "mAP"]


def test_names_and_titles_are_escaped():
    table = pd.DataFrame({"epoch": [1.0, 2.0], "time": [1.0, 2.0], "<i>odd</i>": [1.0, 2.0], "val_<i>odd</i>": 1.0})
    name = "<b>mine</b>.csv"
    trainings = [TrainingCurves(name, table, "")]
    figure = metric_figure("<i>odd</i>", trainings, {name: Style.of(0)}, ChartOptions(smoothing=0.5))
    assert figure.layout.title.text == literal("<i>odd</i>") != "<i>odd</i>"
    assert len(figure.data) == 4
    for trace in figure.data:
        assert trace.name.startswith(literal(name))
        assert "<b>" not in trace.name
        assert "<b>" not in (trace.hovertemplate or "")
