"""Smoothing, best epochs and tables of training curves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.training import curves
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


@pytest.fixture
def two_trainings(tmp_path):
    """Return the curves of two runs."""
    runs = [scored.make(tmp_path / "a", epochs=6, best=4), scored.make(tmp_path / "b", epochs=3, best=2)]
    return [curves.run_curves(run.name, run) for run in runs]


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


def test_a_metric_called_like_another_column_has_a_column_of_its_own():
    table = pd.DataFrame({"epoch": [1.0, 2], "step": np.nan, "time": np.nan, "part": [0.5, 0.25]})
    long = curves.long_table("part", [TrainingCurves("log", table, "a log")], 0.0)
    assert long["part"].tolist() == ["training"] * 2
    assert long["part (metric)"].tolist() == [0.5, 0.25]
