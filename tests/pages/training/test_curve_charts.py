"""The charts of training curves."""

import numpy as np
import pandas as pd
import pytest

from pages.shared.ui.charts import Style, literal
from pages.training import curves
from pages.training.curve_charts import TIME, ChartOptions, metric_figure
from pages.training.curves import TrainingCurves
from tests.pages import scored

STYLES = {"a": Style.of(0), "b": Style.of(1)}


@pytest.fixture
def two_trainings(tmp_path):
    """Return the curves of two runs."""
    runs = [scored.make(tmp_path / "a", epochs=6, best=4), scored.make(tmp_path / "b", epochs=3, best=2)]
    return [curves.run_curves(run.name, run) for run in runs]


def test_the_best_epoch_marked_is_one_at_the_full_size(tmp_path):
    part = "train.small_start={part: 0.5, image_size: [32, 32], scale: null}"
    run = scored.make(tmp_path / "a", changes=["train.epochs=6", part], epochs=6, best=2)
    figure = metric_figure("miou", [curves.run_curves("a", run)], STYLES, ChartOptions())
    (star,) = [trace for trace in figure.data if trace.marker.symbol == "star"]
    assert star.x[0] > 3


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
