"""Logs of Lightning's CSVLogger."""

from tests.pages.training.logs.reading import points, read_one

ON_EPOCH = (
    "epoch,lr-Adam,step,train_loss,val_iou,val_loss\n,0.001,0,,,\n0,,9,,0.41,0.80\n0,,9,0.90,,\n"
    ",0.001,10,,,\n1,,19,,0.52,0.65\n1,,19,0.70,,\n"
)
ON_STEP_AND_EPOCH = (
    "epoch,step,train_loss_epoch,train_loss_step,val_loss\n0,4,,1.10,\n0,9,,0.95,\n0,9,,,0.80\n0,9,1.02,,\n"
    "1,14,,0.80,\n1,19,,0.72,\n1,19,,,0.65\n1,19,0.76,,\n"
)


def test_training_and_validation_on_rows_of_their_own():
    curves = read_one("metrics.csv", ON_EPOCH)
    assert points(curves, "loss") == {1: 0.9, 2: 0.7}
    assert points(curves, "val_loss") == {1: 0.8, 2: 0.65}
    assert points(curves, "val_iou") == {1: 0.41, 2: 0.52}
    assert points(curves, "learning_rate") == {1: 0.001, 2: 0.001}
    assert curves.metrics() == ["loss", "learning_rate", "iou"], "step is no metric"
    assert curves.steps.empty
    assert curves.notes == ()


def test_values_of_steps_are_apart_from_those_of_epochs():
    curves = read_one("metrics.csv", ON_STEP_AND_EPOCH)
    assert points(curves, "loss") == {1: 1.02, 2: 0.76}
    assert points(curves, "val_loss") == {1: 0.8, 2: 0.65}
    assert points(curves, "loss", "step") == {4: 1.1, 9: 0.95, 14: 0.8, 19: 0.72}
    assert curves.notes == ()


def test_a_log_without_training_values():
    curves = read_one("metrics.csv", "epoch,step,val_loss\n0,9,0.8\n1,19,0.7\n2,29,0.6\n")
    assert points(curves, "val_loss") == {1: 0.8, 2: 0.7, 3: 0.6}


def test_a_validation_within_epochs_is_by_step():
    rows = "".join(f"{step // 10},{step},{1 / step}\n" for step in (4, 9, 14, 19))
    curves = read_one("metrics.csv", "epoch,step,val_loss\n" + rows)
    assert list(points(curves, "val_loss", "step")) == [4, 9, 14, 19]
    assert curves.table.empty


def test_the_rate_of_the_first_group_of_parameters_is_the_learning_rate():
    header = "epoch,lr-SGD/pg1,lr-SGD/pg1-momentum,lr-SGD/pg2,step,val_loss\n"
    curves = read_one("metrics.csv", header + ",0.1,0.9,0.2,0,\n0,,,,9,0.8\n")
    assert points(curves, "learning_rate") == {1: 0.1}
    assert {"lr-SGD/pg2", "lr-SGD/pg1-momentum"} <= set(curves.metrics())


def test_the_score_of_hyperparameters_is_named():
    curves = read_one("metrics.csv", "epoch,step,val_loss,hp_metric\n0,9,0.8,-1\n")
    assert "hp_metric" not in curves.metrics()
    assert "hp_metric" in curves.notes[0]
