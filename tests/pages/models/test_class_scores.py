"""The scores of a model by class."""

import json

from models.runs.run import Run
from pages.shared.ui import cli_commands
from tests.pages.app import has_no_messages
from tests.pages.models.conftest import VOC
from tests.pages.models.models_page import metrics, models_page


def test_scores_by_class(scored_run):
    app = models_page(model="voc", view="Classes")
    assert has_no_messages(app)
    written = json.loads((scored_run.path / "evaluation.json").read_text())["val"]
    assert metrics(app)["mIoU (val)"] == f"{written['miou']:.3f}"
    assert metrics(app)["mIoU common (val)"] == "0.625"
    classes, seen = (table.value for table in app.dataframe)
    assert classes.set_index("Class").loc["boat", "voc"] == "not in this split"
    assert seen.set_index("name").loc["cat", "pictures"] == VOC.id_of("cat")
    app = models_page(model="pets", view="Classes")
    assert has_no_messages(app)
    (info,) = app.info
    assert "not been scored" in info.value
    assert app.code[0].value == cli_commands.evaluate(Run(scored_run.path.with_name("pets"), published=False), "val")
