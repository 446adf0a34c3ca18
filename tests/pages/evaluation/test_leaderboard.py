"""The leaderboard, and the scores of the classes below it."""

import json

import numpy as np
import pytest
from PIL import Image

from data import store
from models.added.adding_predictions import add_predictions
from models.added.stored import StoredPredictions
from models.metrics.definitions import OPTIONAL, SUMMARY
from pages.evaluation.page import VIEWS
from tests.facts import mentions
from tests.pages.app import address, has_no_messages
from tests.pages.evaluation.conftest import SHARED
from tests.pages.evaluation.evaluation_page import evaluation, figures
from train.evaluation.scoring import evaluate_run


def test_leaderboard_and_classes(scores):
    app = evaluation(dataset="voc2012")
    assert has_no_messages(app)
    board = app.dataframe[0].value
    assert board["Model"].tolist() == ["good", "bad"]
    assert board["mIoU"].is_monotonic_decreasing
    written = json.loads((scores / "good" / "evaluation.json").read_text())["val"]
    assert board["mIoU"][0] == written["miou"]
    assert board["Boundary IoU"][0] == written["boundary_iou"]
    classes = app.dataframe[1].value.set_index("Class")
    assert classes.loc["boat", "good"] == "not in this split"
    assert classes.loc["cat", "good"] == f"{next(one['iou'] for one in written['classes'] if one['name'] == 'cat'):.3f}"
    quality, bars, _errors = figures(app)
    assert {trace["name"] for trace in quality["data"]} == {"good", "bad"}
    assert [note["text"] for note in bars["layout"]["annotations"]] == ["not in this split"]


def test_further_scores_are_columns_that_can_be_linked_to(scores):
    written = json.loads((scores / "good" / "evaluation.json").read_text())
    del written["val"]["boundary_f1"]
    (scores / "good" / "evaluation.json").write_text(json.dumps(written))
    further = [SUMMARY[key][0] for key in OPTIONAL]
    board = evaluation(dataset="voc2012").dataframe[0].proto
    assert not set(further) & set(board.column_order)
    app = evaluation(dataset="voc2012", more="Dice,Boundary F1")
    assert has_no_messages(app)
    shown = app.dataframe[0].proto.column_order
    assert [title for title in shown if title in further] == ["Dice", "Boundary F1"]
    assert address(app)["more"] == "Dice,Boundary F1"
    board = app.dataframe[0].value.set_index("Model")
    assert board.loc["good", "Dice"] == pytest.approx(written["val"]["dice"])
    assert np.isnan(board.loc["good", "Boundary F1"])
    assert board.loc["bad", "Boundary F1"] > 0
    (why,) = [caption.value for caption in app.caption if "Boundary F1" in caption.value]
    assert "Dice" not in why, "it follows from what is stored"


def test_scores_in_shared_classes_are_not_ranked_with_those_in_all_classes(shared_scores):
    app = evaluation(dataset="voc2012")
    assert has_no_messages(app)
    assert app.dataframe[0].value["Model"].tolist() == ["good", "bad"]
    assert not any("both know" in info.value for info in app.info)
    app.segmented_control(key="evaluation_scored").set_value("pet and background").run()
    assert has_no_messages(app)
    board = app.dataframe[0].value
    assert board["Model"].tolist() == ["pets_a", "pets_b"]
    assert board["Rank"].tolist() == [1, 2]
    assert board["Share of the truth"].tolist() == [0.9, 0.8]
    assert board["Calibration error"].isna().all()
    (words,) = [info.value for info in app.info if "both know" in info.value]
    assert mentions(words, "PASCAL VOC 2012", "pet", "cat, dog", "background, boat, sofa")
    assert address(app)["scored"] == "pet and background"


def test_scores_on_another_dataset_are_not_among_those_on_its_own(shared_scores):
    app = evaluation(dataset="oxford_iiit_pet", split="val")
    assert has_no_messages(app)
    assert set(app.dataframe[0].value["Model"]) == {"pets", "pets_a", "pets_b"}
    assert app.segmented_control(key="evaluation_split").options == ["val", "test"]
    with pytest.raises(KeyError):
        app.segmented_control(key="evaluation_scored")


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_scores_in_shared_classes(shared_scores, view):
    app = evaluation(dataset="voc2012", scored="pet and background", models="pets_a,pets_b", view=view)
    assert has_no_messages(app)
    if view == "Confidence":
        (info,) = [info.value for info in app.info if "confidence" in info.value]
        assert all(name in info.replace("\\", "") for name in ("pets_a", "pets_b", "PASCAL VOC 2012"))
        assert len(figures(app)) == 1, "only the chart of quality and cost"
    else:
        assert len(figures(app)) == {"Report": 1, "Suspicious truth": 1, "Classes": 3}.get(view, 2)
    if view == "Two models":
        assert any("pets\\_a is better than pets\\_b" in box.value for box in app.success)
    if view == "Classes":
        assert app.dataframe[1].value["Class"].tolist()[:2] == list(SHARED)


@pytest.fixture
def stored_predictions(scores, prepared_data, tmp_path) -> StoredPredictions:
    """Add predictions of pets without confidence, each with an error, and score them."""
    (tmp_path / "masks").mkdir()
    for sample in store.open_split("oxford_iiit_pet", "val", prepared_data):
        mask = sample.mask.copy()
        mask[:3] = 1
        Image.fromarray(mask).save(tmp_path / "masks" / f"{sample.id}.png")
    model = add_predictions(tmp_path / "masks", "oxford_iiit_pet", "val", "theirs", prepared_data)
    evaluate_run(model, prepared_data, "val")
    return model


def test_predictions_without_a_network_have_no_cost_and_no_confidence(stored_predictions, datasets_here):
    app = evaluation(dataset="oxford_iiit_pet", split="val", models="theirs", view="Confidence", cost="Time")
    assert not app.exception
    assert not app.error
    row = app.dataframe[0].value.set_index("Model").loc["theirs"]
    assert 0 < row["mIoU"] < 1
    assert row[["Calibration error", "Parameters", "Size (MB)", "Time (ms)"]].isna().all(), "shown as –"
    assert any(mentions(info.value, "theirs", "confidence") for info in app.info)
    app = evaluation(dataset="oxford_iiit_pet", split="val", models="theirs", view="Images")
    assert not app.exception
    assert not app.error
    assert len([strip for strip in app.get("image") if strip.proto.imgs[0].alt.endswith(" theirs")]) == 2
