"""Charts exported from Weights & Biases."""

import pytest

from tests.pages.training.logs.reading import points, problem_of, read_all

TWO_RUNS = (
    '"Step","unet-a - val_loss","unet-a - val_loss__MIN","unet-a - val_loss__MAX",'
    '"unet-b - val_loss","unet-b - val_loss__MIN","unet-b - val_loss__MAX"\n'
    '"1","0.9","0.9","0.9","0.8","0.8","0.8"\n"2","0.7","0.7","0.7","","",""\n'
)


def test_two_runs_of_one_file_by_step():
    first, second = read_all([("wandb_export.csv", TWO_RUNS)])
    assert (first.name, second.name) == ("unet-a", "unet-b")
    assert points(first, "val_loss", "step") == {1: 0.9, 2: 0.7}
    assert points(second, "val_loss", "step") == {1: 0.8}
    assert first.metrics() == ["loss"]
    assert first.notes == ("2 columns left out, no metrics: unet-a - val_loss__MIN, unet-a - val_loss__MAX",)


def test_charts_of_the_same_run_are_joined():
    miou = '"Step","unet-a - val/mIoU"\n"2","0.5"\n'
    loss = '"epoch","unet-a - train_loss"\n"0","3"\n"1","2"\n'
    first, second = read_all([("a.csv", TWO_RUNS), ("b.csv", miou), ("c.csv", loss)])
    assert points(first, "val_miou", "step") == {2: 0.5}
    assert points(first, "val_loss", "step") == {1: 0.9, 2: 0.7}
    assert points(first, "loss") == {0: 3, 1: 2}
    assert second.name == "unet-b"


@pytest.mark.parametrize("axis", ["trainer/global_step", "train/global_step", "_step"])
def test_other_axes_that_count_steps(axis):
    content = f'"{axis}","a - b - loss","a - b - _step","a - b - _step__MIN"\n"7","1","7","7"\n'
    (curves,) = read_all([("wandb.csv", content)])
    assert curves.name == "a - b"
    assert points(curves, "loss", "step") == {7: 1}
    assert "a - b - _step__MIN" in curves.notes[0]


def test_a_run_without_values_is_named():
    content = '"Step","a - loss","b - loss"\n"7","1",""\n'
    (curves,) = read_all([("wandb.csv", content)])
    assert curves.name == "a"
    assert "b - loss" in curves.notes[0]
    assert problem_of("wandb.csv", content.replace('"1"', '""')).startswith("wandb.csv has no value")


def test_an_axis_of_time_is_refused_with_what_to_choose():
    problem = problem_of("wandb.csv", '"Relative Time (Process)","a - loss"\n"1.5","1"\n')
    assert problem.startswith("wandb.csv is along Relative Time (Process)")
    assert "Step" in problem
