"""Logs of mmengine and mmcv."""

import pytest

from tests.pages.training.logs.reading import json_lines, points, read_all, read_one


def training(iteration, **more):
    return {
        "lr": 0.01,
        "data_time": 0.1,
        "loss": 1 / iteration,
        "decode.acc_seg": 71.5,
        "time": 0.3,
        "iter": iteration,
    } | more


def validation(step, miou):
    return {"aAcc": 81.0, "mIoU": miou, "mAcc": 55.0, "data_time": 0.1, "time": 0.2, "step": step}


EPOCHS = json_lines(
    *(training(step, step=step, epoch=1) for step in (10, 20)),
    validation(1, 42.37),
    *(training(step, step=step, epoch=2) for step in (30, 40)),
    validation(2, 44.5),
)


def test_a_run_by_epochs():
    curves = read_one("scalars.json", EPOCHS)
    assert points(curves, "val_miou") == {1: 0.4237, 2: 0.445}
    assert points(curves, "val_accuracy") == {1: 0.81, 2: 0.81}
    assert points(curves, "loss", "step") == {10: 0.1, 20: 0.05, 30: round(1 / 30, 6), 40: 0.025}
    assert points(curves, "accuracy", "step")[10] == 0.715
    assert not curves.has_values("time"), "time is that of an iteration"
    assert curves.notes == ("2 columns left out, no metrics: time, data_time",)


@pytest.mark.parametrize("steps", [(0, 0), (20, 40)], ids=["steps of validation are 0", "iterations"])
def test_a_run_by_iterations_places_validation_by_its_position(steps):
    first, second = (training(step, step=step, epoch=1) for step in (20, 40))
    lines = [first, validation(steps[0], 40), second, validation(steps[1], 50)]
    curves = read_one("scalars.json", json_lines(*lines))
    assert points(curves, "val_miou", "step") == {20: 0.4, 40: 0.5}
    assert points(read_one("scalars.json", json_lines(*lines[:2])), "val_miou", "step") == {20: 0.4}
    assert list(points(curves, "loss", "step")) == [20, 40]
    assert curves.table.empty


def test_a_small_share_is_still_in_per_cent():
    curves = read_one("scalars.json", json_lines(training(20, step=20), validation(0, 0.5)))
    assert points(curves, "val_miou", "step") == {20: 0.005}


def test_the_copy_in_the_same_folder_is_read_once():
    (curves,) = read_all([(f"work/20260101_101010/vis_data/{name}.json", EPOCHS) for name in ("20260101", "scalars")])
    assert curves.name == "work/20260101_101010"
    assert curves.notes[0].startswith("1 shorter or equal copy")


def test_a_damaged_last_line_is_counted():
    curves = read_one("scalars.json", EPOCHS + '{"lr": 0.0')
    assert points(curves, "val_miou") == {1: 0.4237, 2: 0.445}
    assert curves.notes[0].startswith("1 of 7 lines")


def test_a_log_of_mmcv_has_fractions():
    lines = [
        {"env_info": "sys.platform: linux", "seed": 0},
        training(50, mode="train", epoch=1, memory=8407),
        {"mode": "val", "epoch": 1, "iter": 186, "lr": 0.01, "aAcc": 0.86, "mIoU": 0.303, "IoU.cat": 0.4},
        training(100, mode="train", epoch=2, memory=8407),
        {"mode": "val", "epoch": 2, "iter": 186, "lr": 0.01, "aAcc": 0.87, "mIoU": 0.4, "IoU.cat": 0.5},
    ]
    curves = read_one("20200101.log.json", json_lines(*lines))
    assert points(curves, "val_miou") == {1: 0.303, 2: 0.4}
    assert points(curves, "val_IoU.cat") == {1: 0.4, 2: 0.5}
    assert points(curves, "loss") == {1: 0.02, 2: 0.01}
    assert points(curves, "learning_rate") == {1: 0.01, 2: 0.01}
