"""Logs of detectron2."""

from tests.pages.training.logs.reading import json_lines, points, read_one

TIMES = {"data_time": 0.1, "eta_seconds": 90.5, "time": 0.5}
LINES = json_lines(
    {"iteration": 19, "loss_sem_seg": 0.4, "lr": 0.02, "total_loss": 2, **TIMES},
    {"iteration": 39, "loss_sem_seg": 0.3, "lr": 0.01, "total_loss": 1, **TIMES},
    {"iteration": 39, "sem_seg/mIoU": 45.1, "sem_seg/pACC": 90.0, "sem_seg/IoU-cat": 60.0, "bbox/AP": float("nan")},
)


def test_training_and_evaluation_by_iteration():
    curves = read_one("metrics.json", LINES)
    assert points(curves, "loss", "step") == {19: 2, 39: 1}
    assert points(curves, "loss_sem_seg", "step") == {19: 0.4, 39: 0.3}
    assert points(curves, "learning_rate", "step") == {19: 0.02, 39: 0.01}
    assert points(curves, "val_miou", "step") == {39: 0.451}
    assert points(curves, "val_accuracy", "step") == {39: 0.9}
    assert points(curves, "val_sem_seg/IoU-cat", "step") == {39: 0.6}
    assert curves.table.empty
    assert not curves.has_values("time", "step"), "time is that of an iteration"


def test_what_is_left_out_is_named():
    notes = "\n".join(read_one("metrics.json", LINES).notes)
    for name in ("eta_seconds", "data_time", "bbox/AP"):
        assert name in notes


def test_results_of_several_datasets():
    curves = read_one("metrics.json", json_lines({"iteration": 9, "cityscapes/sem_seg/mIoU": 50, "total_loss": 1}))
    assert points(curves, "val_cityscapes/sem_seg/mIoU", "step") == {9: 0.5}
