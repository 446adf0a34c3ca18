"""Results of Ultralytics' models, as several versions write them."""

import pytest

from tests.pages.training.logs.reading import points, read_one

SEMANTIC = (
    "epoch,time,train/sem_loss,metrics/mIoU,metrics/pixel_acc,val/sem_loss\n"
    "1,12.1,1.9,0.21,0.70,1.8\n2,24.0,1.5,0.33,0.78,1.6\n"
)
PADDED = (
    "                  epoch,         train/box_loss,         train/seg_loss,      metrics/mAP_0.5(M),"
    "           val/box_loss,           val/seg_loss,                  x/lr0,                  x/lr1\n"
    "                      0,                    1.5,                    0.5,                    0.1,"
    "                      2,                      1,                   0.07,                   0.01\n"
    "                      1,                      1,                   0.25,                    0.2,"
    "                    1.5,                    0.5,                   0.04,                   0.02\n"
)


def test_a_semantic_model():
    curves = read_one("results.csv", SEMANTIC)
    assert points(curves, "loss") == {1: 1.9, 2: 1.5}
    assert points(curves, "val_loss") == {1: 1.8, 2: 1.6}
    assert points(curves, "val_miou") == {1: 0.21, 2: 0.33}
    assert points(curves, "val_accuracy") == {1: 0.7, 2: 0.78}
    assert curves.table["time"].tolist() == [12.1, 24.0]
    assert curves.notes == ()


def test_the_padded_header_of_yolov5():
    curves = read_one("results.csv", PADDED)
    assert points(curves, "loss") == {1: 2, 2: 1.25}
    assert points(curves, "val_loss") == {1: 3, 2: 2}
    assert points(curves, "learning_rate") == {1: 0.07, 2: 0.04}
    notes = "\n".join(curves.notes)
    assert "loss is the sum of train/box_loss, train/seg_loss" in notes
    assert "x/lr1" in notes, "another learning rate is left out"


@pytest.mark.parametrize("rates", [1, 3])
def test_equal_learning_rates_are_one(rates):
    names = ",".join(f"lr/pg{index}" for index in range(rates))
    curves = read_one("results.csv", f"epoch,time,train/seg_loss,{names}\n1,5,2{',0.1' * rates}\n")
    assert points(curves, "learning_rate") == {1: 0.1}
    assert curves.notes == ()


def test_other_columns_are_metrics():
    curves = read_one("results.csv", "epoch,metrics/mAP50-95(B),gpu_mem\n1,0.5,7\n")
    assert points(curves, "val_mAP50-95(B)") == {1: 0.5}
    assert points(curves, "gpu_mem") == {1: 7}


def test_the_time_of_a_resumed_training_is_counted_on():
    content = b"epoch,time,train/sem_loss,metrics/mIoU\n1,10,1,.3\n2,20,.9,.4\n3,9,.8,.5\n4,18,.8,.5\n"
    curves = read_one("results.csv", content)
    assert curves.table["time"].tolist() == [10, 20, 29, 38]
