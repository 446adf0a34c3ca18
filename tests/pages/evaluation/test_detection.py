"""How well models find objects."""

import json

from data import datasets
from models.runs.evaluation import DetectionScores
from pages.evaluation import detection
from pages.evaluation.page import VIEWS
from tests.facts import mentions
from tests.pages import scored
from tests.pages.app import address, has_no_messages
from tests.pages.evaluation.evaluation_page import evaluation

GROCERY = datasets.get("grocery").label_space
MEASURES = ("precision", "recall", "map50")


def test_objects_are_shown_for_models_scored_for_them(scores):
    for name, errors, boxes in [("finds", 0.1, True), ("misses", 0.5, True), ("older", 0.3, False)]:
        val = scored.evaluation(GROCERY, errors, 8, ["soap"], boxes=boxes)
        if not boxes:
            del val["detection"]  # as evaluations were before
        scored.make(scores / name, "grocery_unet.yaml", epochs=1, scores={"val": val})
    app = evaluation(dataset="grocery", models="finds,misses,older", view="Objects")
    assert has_no_messages(app)
    assert address(app)["view"] == "Objects"
    _, models, classes = (element.value for element in app.dataframe)
    written = json.loads((scores / "misses" / "evaluation.json").read_text())["val"]["detection"]
    row = models.set_index("Model").loc["misses"]
    assert models["Model"].tolist() == ["finds", "misses"]
    assert models["mAP50"][0] > models["mAP50"][1]
    assert (row["Precision"], row["Recall"], row["mAP50"]) == tuple(written[key] for key in MEASURES)
    assert (row["Least size"], row["Regions"]) == (0.01, sum(one["predicted"] for one in written["classes"]))
    classes = classes.set_index("Class")
    assert classes["Objects"].is_monotonic_decreasing
    assert classes.loc["soap", "finds"] == "not in this split"
    assert "background" not in classes.index
    (unscored,) = [caption.value for caption in app.caption if "older" in caption.value]
    assert mentions(unscored, "Not scored", "objects")
    assert "misses" not in unscored


def test_the_objects_view_needs_a_model_scored_for_objects(scores):
    app = evaluation(dataset="voc2012")
    assert app.segmented_control(key="evaluation_view").options == list(VIEWS)
    app = evaluation(dataset="voc2012", view="Objects")
    (warning,) = app.warning
    assert "view=Objects" in warning.value
    assert all(view in warning.value for view in VIEWS)


def test_models_called_like_the_tables_own_columns_have_columns_of_their_own():
    val = scored.evaluation(GROCERY, 0.1, 4, boxes=True)["detection"]
    one = DetectionScores.model_validate(val)
    table, usual = detection.class_scores({"Class": one, "Objects": one}), detection.class_scores({"a": one, "b": one})
    assert table.columns.tolist() == ["Class", "Objects", "Class (model)", "Objects (model)"]
    assert table.to_numpy().tolist() == usual.to_numpy().tolist()
