"""The pages without a browser: with models, without any, and with broken ones."""

import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from configs.files import sha256
from configs.paths import ROOT
from data import samples
from pages.compare.uploads import MAX_UPLOADS
from pages.shared.content import model_chooser
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown, pages

COMPARE = "pages/1_Compare.py"


def start():
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)


def compare(**link):
    app = start().run()
    for name, value in link.items():
        app.query_params[name] = value
    return app.switch_page(COMPARE).run()


def quiet(app):
    """Return whether the page shows no error and no warning."""
    return not (app.exception or app.error or app.warning)


def panels(app):
    """Return the viewer's model panels as sent to the browser, by name."""
    shown = json.loads(app.get_by_key("viewer").proto.json)["panels"]
    return {panel["name"]: panel for panel in shown if panel["kind"] == "model"}


def png(seed=0, size=(40, 60)):
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8)).save(content, "PNG")
    return content.getvalue()


def test_overview_lists_all_models(runs):
    app = start().run()
    assert quiet(app)
    table = app.dataframe[0].value
    assert {"tiny_pets", "tiny_street"} <= set(table["Model"])
    row = table.set_index("Model").loc["tiny_pets"]
    assert (row["Dataset"], row["Network"], row["Input"]) == ("Oxford-IIIT Pet", "unet", "32 × 48")
    assert row["Size (MB)"] == pytest.approx((runs / "tiny_pets" / "model.weights.h5").stat().st_size / 1e6)
    assert np.isnan(row["mIoU"])
    assert app.button[0].label == "Compare models on a picture"


@pytest.mark.parametrize(
    ("of_these_weights", "miou", "shown"), [(True, 0.654, 0.654), (True, None, None), (False, 0.654, None)]
)
def test_overview_shows_what_was_measured_with_these_weights(runs, no_models, of_these_weights, miou, shown):
    run = shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    weights = sha256(run / "model.weights.h5") if of_these_weights else "0" * 64
    content = {"schema": 1, "val": {"miou": miou, "pixel_accuracy": 0.876, "weights": weights}}
    (run / "evaluation.json").write_text(json.dumps(content))
    row = start().run().dataframe[0].value.iloc[0]
    assert row["mIoU"] == pytest.approx(shown or np.nan, nan_ok=True)
    assert row["Pixel accuracy"] == pytest.approx(0.876 if of_these_weights else np.nan, nan_ok=True)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"val": 3}', '{"val": {"miou": "high"}}'])
def test_overview_ignores_a_damaged_evaluation(runs, no_models, content):
    run = shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    (run / "evaluation.json").write_text(content)
    app = start().run()
    assert quiet(app)
    assert np.isnan(app.dataframe[0].value.iloc[0]["mIoU"])


def test_overview_shows_the_progress_of_a_training(runs, no_models):
    run = shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    (run / "status.json").write_text(
        '{"state": "finished", "epoch": 7, "started": "2026-01-01T00:00:00+00:00",'
        ' "heartbeat": "2026-01-01T01:00:00+00:00", "message": ""}'
    )
    row = start().run().dataframe[0].value.iloc[0]
    assert row["State"].startswith("Finished, epoch 7 of ")


@pytest.mark.parametrize("page", [None, COMPARE])
def test_without_models_a_page_shows_how_to_train_one(no_models, page):
    app = start().run()
    app = app.switch_page(page).run() if page else app
    assert quiet(app)
    (info,) = app.info
    assert "no model yet" in info.value
    assert app.code[0].value == cli_commands.first_model()


def test_overview_lists_folders_that_are_not_runs(runs, no_models):
    shutil.copytree(runs / "tiny_pets", no_models / "good")
    (no_models / "holiday").mkdir()
    app = start().run()
    assert quiet(app)
    assert list(app.dataframe[0].value["Model"]) == ["good"]
    assert app.expander[0].label.startswith("1 folder ")
    assert "holiday" in app.expander[0].markdown[0].value


def test_compare_starts_with_a_sample_that_suits_the_first_model(runs, no_models):
    shutil.copytree(runs / "tiny_street", no_models / "tiny_street")
    app = start().run().switch_page(COMPARE).run()
    assert quiet(app)
    assert list(panels(app)) == ["tiny_street"]
    assert app.query_params["sample"] == "street"


def test_a_link_selects_models_and_sample_and_shares_add_up(runs):
    app = compare(models="tiny_street,tiny_pets", sample="coffee")
    assert quiet(app)
    shown = panels(app)
    assert set(shown) == {"tiny_pets", "tiny_street"}
    for model in shown.values():
        assert sum(entry["share"] for entry in model["classes"]) == pytest.approx(1)
        assert "void" not in {entry["name"] for entry in model["classes"]}
    table = app.dataframe[0].value
    pets = table[table["Model"] == "tiny_pets"].set_index("Class")["Share"]
    assert dict(pets) == {
        entry["name"]: entry["share"] for entry in shown["tiny_pets"]["classes"] if entry["share"] > 0
    }


def test_a_link_to_an_unknown_model_or_sample_is_reported_and_the_rest_works(runs):
    app = compare(models="tiny_pets,gone", sample="holiday")
    model, sample = (warning.value for warning in app.warning)
    assert "model gone" in model
    assert "holiday" in sample
    assert escape_markdown(", ".join(picture.name for picture in samples.pictures())) in sample
    assert not app.error
    assert list(panels(app)) == ["tiny_pets"]


@pytest.mark.parametrize(("few", "widget"), [(100, "pills"), (0, "multiselect")])
def test_models_selected_by_hand_survive_a_change_of_page(runs, monkeypatch, few, widget):
    monkeypatch.setattr(model_chooser, "MAX_PILLS", few)
    app = compare(models="tiny_pets,tiny_street", sample="chelsea")
    getattr(app, widget)[0].set_value(["tiny_street"]).run()
    assert list(panels(app)) == ["tiny_street"]
    assert app.query_params["models"] == "tiny_street"
    app.switch_page("streamlit_app.py").run()
    app.switch_page(COMPARE).run()
    assert list(panels(app)) == ["tiny_street"]
    assert app.query_params["sample"] == "chelsea"
    getattr(app, widget)[0].set_value([]).run()
    (info,) = app.info
    assert "at least one model" in info.value


def test_uploads_are_shown_and_a_bad_one_is_named(runs):
    app = compare(models="tiny_pets")
    app.file_uploader[0].set_value(
        [
            ("good.png", png(), "image/png"),
            ("notes.png", b"no picture", "image/png"),
            ("tiny.png", png(1, (1, 1)), "image/png"),
        ]
    ).run()
    assert not app.exception
    assert [error.value.startswith(escape_markdown("notes.png")) for error in app.error] == [True]
    assert list(panels(app)) == ["tiny_pets"]
    assert panels(app)["tiny_pets"]["height"] == 40
    assert "sample" not in app.query_params
    app.run()
    assert len(app.error) == 1, "the message stays until the next upload"


def test_too_many_uploads_are_refused_by_name(runs):
    app = compare(models="tiny_pets")
    files = [(f"p{index}.png", png(index, (8, 8)), "image/png") for index in range(MAX_UPLOADS + 2)]
    app.file_uploader[0].set_value(files).run()
    assert len(app.error) == 2
    assert all(
        escape_markdown(f"p{MAX_UPLOADS + index}.png was skipped") in app.error[index].value for index in range(2)
    )


def test_a_damaged_model_is_named_and_the_others_work(runs, no_models):
    shutil.copytree(runs / "tiny_pets", no_models / "good")
    bad = shutil.copytree(runs / "tiny_street", no_models.parent / "zoo" / "bad")
    (bad / "SHA256SUMS").write_text("\n".join(f"{'0' * 64}  {name}" for name in ("config.yaml", "model.weights.h5")))
    app = compare(models="good,bad", sample="chelsea")
    assert not app.exception
    assert len(app.error) == 1
    assert "bad" in app.error[0].value
    assert "Traceback" not in app.error[0].value
    assert list(panels(app)) == ["good"]


def test_a_bug_is_reported_without_details_and_logged(monkeypatch, caplog):
    def broken():
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("pages.overview.page.draw_page", broken)
    app = start().run()
    assert not app.exception
    (error,) = app.error
    assert "an error in SegDeck" in error.value
    assert "server's log" in error.value
    assert "secret detail" not in error.value
    assert "secret detail" in caplog.text
    assert [link.proto.label for link in app.get("page_link")] == [title for _, title in pages()]
