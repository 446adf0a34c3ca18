"""The leaderboard, and the scores of the classes below it."""

import json

from tests.pages.app import has_no_messages
from tests.pages.evaluation.evaluation_page import evaluation, figures


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
    quality, bars = figures(app)
    assert {trace["name"] for trace in quality["data"]} == {"good", "bad"}
    assert [note["text"] for note in bars["layout"]["annotations"]] == ["not in this split"]
