"""The Models page without a browser: with models, with nothing yet, with damaged files."""

import json
import os
import shutil
import threading
import time

import pytest

from configs.errors import UserError
from configs.files import sha256
from data import datasets
from models.inference.graph_summary import gmacs
from models.runs.run import Run
from pages.models import downloads
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown
from tests.pages import app as dashboard
from tests.pages import scored
from tests.pages.app import address, has_no_messages

MODELS = "pages/5_Models.py"
STOPPED = "the export of exported was stopped"
VOC = datasets.get("voc2012").label_space


def page(**link):
    return dashboard.open_page(MODELS, link)


def facts(app):
    return {metric.label: metric.value for metric in app.metric}


@pytest.fixture
def scored_run(no_models):
    """Write a scored run of VOC without boats, and an unscored one of pets."""
    val = scored.evaluation(VOC, 0.3, 8, ["boat"])
    counts = [{"name": VOC.names[ident], "pictures": ident, "pixels": 10 * ident} for ident in VOC.scored]
    val |= {"training": {"pictures": 99, "classes": counts}, "subsets": {"common": 0.625}}
    scored.make(no_models / "pets", epochs=1)
    return scored.make(no_models / "voc", "voc_mobilenetv2_pix2pix.yaml", epochs=1, scores={"val": val})


def test_layers_and_facts_agree_with_the_network(runs):
    app = page(model="tiny_pets", view="Layers")
    assert has_no_messages(app)
    run = Run(runs / "tiny_pets", published=False)
    table = app.dataframe[0].value
    assert table["GMACs"].sum() == pytest.approx(gmacs(run))
    assert table["Parameters"].sum() == run.parameters()
    assert table["Stage"][0] == "down 32 × 48"
    (profile,) = [json.loads(element.proto.spec) for element in app.get("plotly_chart")]
    assert len(profile["data"]) == 2
    app = page(model="tiny_pets")
    assert facts(app)["GMACs"] == f"{gmacs(run):.2f}"
    assert facts(app)["Parameters"] == f"{run.parameters():,}"
    assert facts(app)["mIoU (val)"] == "–"


@pytest.mark.parametrize("view", ["Card", "Classes", "Layers", "Recipe", "Downloads"])
def test_every_view_can_be_linked_to(runs, view):
    app = page(model="tiny_street", view=view)
    assert has_no_messages(app)
    assert address(app)["model"] == "tiny_street"
    assert address(app).get("view", "Card") == view


def test_scores_by_class(scored_run):
    app = page(model="voc", view="Classes")
    assert has_no_messages(app)
    written = json.loads((scored_run.path / "evaluation.json").read_text())["val"]
    assert facts(app)["mIoU (val)"] == f"{written['miou']:.3f}"
    assert facts(app)["mIoU common (val)"] == "0.625"
    classes, seen = (table.value for table in app.dataframe)
    assert classes.set_index("Class").loc["boat", "voc"] == "not in this split"
    assert seen.set_index("name").loc["cat", "pictures"] == VOC.id_of("cat")
    app = page(model="pets", view="Classes")
    assert has_no_messages(app)
    (info,) = app.info
    assert "not been scored" in info.value
    assert app.code[0].value == cli_commands.evaluate(Run(scored_run.path.with_name("pets"), published=False), "val")


def test_the_card_is_shown_and_the_recipe_copied(scored_run):
    (scored_run.path / "card.md").write_text("<!-- mark -->\n# voc\nmIoU <script>alert(1)</script> $5")
    app = page(model="voc")
    assert has_no_messages(app)
    shown = [element.value for element in app.markdown if element.value.startswith("## voc")]
    assert shown == ["## voc\nmIoU <script>alert(1)</script> \\$5"]
    assert not any(element.allow_html for element in app.markdown if element.value in shown)
    app = page(model="voc", view="Recipe")
    where = os.environ["SEGDECK_DATA"]
    assert app.code[0].value.splitlines()[0].split() == ["python", "-m", "data.prepare", "voc2012", "--data-dir", where]
    assert app.code[1].value == (scored_run.path / "config.yaml").read_text().rstrip()
    app = page(model="pets")
    assert any("has no card yet" in info.value for info in app.info)


def test_the_card_shows_the_models_own_pictures_only(scored_run):
    own, other = "previews/sample_chelsea/0001.png", "../pets/previews/sample_chelsea/0001.png"
    lines = [f"![Mask {name}]({address})" for name, address in [("a", own), ("b", other), ("c", "config.yaml")]]
    (scored_run.path / "card.md").write_text("# voc\n\n" + "\n\n".join([*lines, "and so on"]))
    app = page(model="voc")
    assert has_no_messages(app)
    assert [image.proto.imgs[0].caption for image in app.get("image")] == ["Mask a"]
    shown = [element.value for element in app.markdown]
    assert "## voc" in shown
    assert any(text.endswith("*Picture: Mask b*\n\n*Picture: Mask c*\n\nand so on") for text in shown)


def test_without_models_the_page_says_how_to_get_one(no_models):
    app = page()
    assert has_no_messages(app)
    (info,) = app.info
    assert "no model yet" in info.value
    assert app.code[0].value == cli_commands.first_model()


@pytest.mark.parametrize(
    ("state", "words"),
    [("running", "first epoch"), ("stopped", "training ended")],
)
def test_a_run_without_weights_says_why_and_has_a_recipe_only(no_models, state, words):
    run = scored.make(no_models / "fresh", epochs=0, state=state)
    run.weights.unlink()
    app = page(model="fresh", view="Layers")
    assert not app.exception
    assert not app.error
    assert "no weights" in app.info[0].value
    assert app.info[0].value.partition("**fresh**: ")[2] == f"{run.missing_weights_reason()}."
    assert words in app.info[0].value
    assert set(facts(app).values()) == {"–"}
    commands = [code.value for code in app.code]
    again = [cli_commands.resume(run)]
    assert commands[:-2] == (again if state == "stopped" else [])
    assert commands[-2].startswith("python -m data.prepare")


def test_a_link_to_a_missing_model_is_reported(scored_run):
    app = page(model="gone")
    (warning,) = app.warning
    assert all(part in warning.value for part in ("model=gone", "pets, voc"))
    assert not app.error
    assert app.selectbox[0].value == "pets"


@pytest.mark.parametrize("view", ["Layers", "Downloads"])
def test_a_damaged_model_is_named(runs, no_models, view):
    bad = shutil.copytree(runs / "tiny_street", no_models.parent / "zoo" / "bad")
    (bad / "SHA256SUMS").write_text("\n".join(f"{'0' * 64}  {name}" for name in ("config.yaml", "model.weights.h5")))
    with (bad / "model.weights.h5").open("ab") as file:
        file.write(b"damage")
    app = page(model="bad", view=view)
    assert not app.exception
    (error,) = app.error
    assert "is damaged" in error.value
    assert not app.get("download_button")


def prepared(app, name):
    return app.button(key=f"models_prepare_{name}")


def wait(done):
    end = time.monotonic() + 300
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_export_is_made_on_request_and_can_be_stopped(no_models, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    run = scored.make(no_models / "exported", epochs=1)
    begun = threading.Event()

    def export(run, form, stop):
        begun.set()
        assert stop.wait(300)
        raise UserError(STOPPED)

    monkeypatch.setattr("models.inference.export.export", export)
    app = page(model="exported", view="Downloads")
    assert has_no_messages(app)
    assert [button.label for button in app.get("download_button")] == ["Download"]
    prepared(app, "onnx").click().run()
    assert begun.wait(300)
    assert [button.disabled for button in app.get("download_button")] == [True]
    app.button(key="models_stop_onnx").click().run()
    job = downloads._jobs()[sha256(run.weights), "onnx"]
    wait(lambda: job.done)
    app.run()
    (error,) = app.error
    assert error.value == escape_markdown(STOPPED)
    assert prepared(app, "onnx").label == "Prepare ONNX"
    assert [button.disabled for button in app.get("download_button")] == [False]


def test_a_finished_export_is_downloaded_at_once(no_models, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("models.inference.export.is_exported", lambda run, form, digest: True)
    monkeypatch.setattr("pages.models.layers.known_gmacs", lambda run: 1.5)
    scored.make(no_models / "ready", epochs=1)
    app = page(model="ready", view="Downloads")
    assert has_no_messages(app)
    assert len(app.get("download_button")) == 3
    assert facts(app)["GMACs"] == "1.50"
