"""The Compare page without a browser: links to it, the models, and the tabs below the viewer."""

import re
import shutil

import pytest

from data import samples
from models.runs.run import Run
from pages.shared.content import model_chooser
from pages.shared.ui.layout import escape_markdown
from tests.models import familiar
from tests.pages.app import address, has_no_messages, model_panels, viewer_panels
from tests.pages.compare.compare_page import COMPARE, compare, panels

BOTH = "tiny_pets,tiny_street"


def test_a_link_selects_models_and_sample(runs):
    app = compare(models="tiny_street,tiny_pets", sample="coffee")
    assert has_no_messages(app)
    assert set(model_panels(app)) == {"tiny_pets", "tiny_street"}
    assert address(app) == {"models": "tiny_pets,tiny_street", "sample": "coffee"}, "in the order of the list"


def test_the_tabs_below_the_viewer_show_the_same_predictions(runs):
    app = compare(models=BOTH, sample="chelsea", view="objects")
    assert has_no_messages(app)
    objects = app.dataframe[1].value
    assert set(objects["Model"]) <= {"tiny_pets", "tiny_street"}
    assert len(objects) == sum(len(panel["objects"]) for panel in viewer_panels(app))
    for view, words in [("agreement", "compar"), ("download", "One zip")]:
        app.query_params["view"] = view
        app.run()
        assert has_no_messages(app)
        assert words in " ".join(one.value for one in [*app.markdown, *app.caption]), view
    app.query_params["view"] = "dreams"
    app.run()
    (warning,) = app.warning
    assert {"dreams", "shares", "objects", "agreement", "truth", "download"} <= set(re.findall(r"\w+", warning.value))
    assert "Share" in app.dataframe[0].value


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"dataset": "voc2012", "id": "d_4"}, "python -m data.prepare voc2012"),
        ({"dataset": "cats", "id": "d_4"}, "no dataset 'cats'"),
        ({"dataset": "camvid", "id": "z"}, "no picture z"),
    ],
)
def test_a_link_to_a_missing_picture_says_why_and_another_is_shown(runs, datasets_here, link, words):
    app = compare(models="tiny_pets", **link)
    assert not app.exception
    assert [escape_markdown(words) in warning.value for warning in app.warning] == [True]
    assert panels(app) == [("model", "tiny_pets")]


def test_compare_starts_with_a_sample_that_suits_the_first_model(runs, no_models):
    shutil.copytree(runs / "tiny_street", no_models / "tiny_street")
    app = compare()
    assert has_no_messages(app)
    assert list(model_panels(app)) == ["tiny_street"]
    assert app.query_params["sample"] == "street"


def test_a_link_to_an_unknown_model_or_sample_is_reported_and_the_rest_works(runs):
    app = compare(models="tiny_pets,gone", sample="holiday")
    model, sample = (warning.value for warning in app.warning)
    assert "model gone" in model
    assert "holiday" in sample
    assert escape_markdown(", ".join(picture.name for picture in samples.pictures())) in sample
    assert not app.error
    assert list(model_panels(app)) == ["tiny_pets"]


@pytest.mark.parametrize(("few", "widget"), [(100, "pills"), (0, "multiselect")])
def test_models_selected_by_hand_survive_a_change_of_page(runs, monkeypatch, few, widget):
    monkeypatch.setattr(model_chooser, "MAX_PILLS", few)
    app = compare(models="tiny_pets,tiny_street", sample="chelsea")
    getattr(app, widget)[0].set_value(["tiny_street"]).run()
    assert list(model_panels(app)) == ["tiny_street"]
    assert app.query_params["models"] == "tiny_street"
    app.switch_page("streamlit_app.py").run()
    app.switch_page(COMPARE).run()
    assert list(model_panels(app)) == ["tiny_street"]
    assert app.query_params["sample"] == "chelsea"
    getattr(app, widget)[0].set_value([]).run()
    (info,) = app.info
    assert "at least one model" in info.value


def test_the_viewer_says_which_models_a_picture_is_unlike(runs, no_models):
    for name, threshold in [("strict", -1000.0), ("lenient", 1000.0)]:
        familiar.write(Run(shutil.copytree(runs / "tiny_pets", no_models / name), published=False), threshold=threshold)
    app = compare(models="strict,lenient", sample="coffee")
    assert has_no_messages(app)
    verdicts = {name: panel["verdict"] for name, panel in model_panels(app).items()}
    assert "Unlike" in verdicts["strict"]
    assert verdicts["lenient"] == ""


def test_a_damaged_model_is_named_and_the_others_work(runs, no_models):
    shutil.copytree(runs / "tiny_pets", no_models / "good")
    bad = shutil.copytree(runs / "tiny_street", no_models.parent / "zoo" / "bad")
    (bad / "SHA256SUMS").write_text("\n".join(f"{'0' * 64}  {name}" for name in ("config.yaml", "model.weights.h5")))
    app = compare(models="good,bad", sample="chelsea")
    assert not app.exception
    assert len(app.error) == 1
    assert "bad" in app.error[0].value
    assert "Traceback" not in app.error[0].value
    assert list(model_panels(app)) == ["good"]
