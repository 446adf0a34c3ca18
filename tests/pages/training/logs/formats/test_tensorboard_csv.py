"""Curves downloaded from TensorBoard."""

from tests.pages.training.logs.reading import points, read_all, read_one


def download(*values):
    rows = [f"{1700000000.1 + 60 * step},{step},{value}" for step, value in enumerate(values)]
    return "Wall time,Step,Value\n" + "\n".join(rows) + "\n"


def test_the_curve_is_named_after_the_file():
    curves = read_one("tensorboard_scalar_export.csv", download(0.5, 0.4, 0.35))
    assert curves.name == "tensorboard_scalar_export.csv"
    assert points(curves, "tensorboard_scalar_export", "step") == {0: 0.5, 1: 0.4, 2: 0.35}
    assert curves.steps["time"].round(3).tolist() == [0, 60, 120]
    assert curves.table.empty


def test_a_file_named_after_a_metric():
    assert points(read_one("val_loss.csv", download(0.5)), "val_loss", "step") == {0: 0.5}


def test_the_downloads_of_a_keras_run_are_joined_by_epoch():
    names = ["train-tag-epoch_loss", "validation-tag-epoch_loss", "validation-tag-epoch_mean_io_u (1)"]
    (curves,) = read_all([(f"run-exp_{name}.csv", download(0.5, 0.4)) for name in names])
    assert curves.name == "exp"
    for column in ("loss", "val_loss", "val_miou"):
        assert points(curves, column) == {1: 0.5, 2: 0.4}


def test_downloads_of_several_runs_are_apart():
    found = read_all([(f"run-{run}-tag-Loss_train.csv", download(0.5)) for run in (".", "b", "c")])
    assert [curves.name for curves in found] == ["TensorBoard", "b", "c"]
    assert all(points(curves, "loss", "step") == {0: 0.5} for curves in found)
