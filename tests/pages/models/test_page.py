"""The Models page without a browser: with models, with nothing yet, with damaged files."""

import json
import os
import shutil

import pytest

from models.inference.graph_summary import gmacs
from models.runs.run import Run
from pages.shared.ui import cli_commands
from tests.pages import scored
from tests.pages.app import address, has_no_messages
from tests.pages.models.models_page import metrics, models_page


def test_layers_and_facts_agree_with_the_network(runs):
    app = models_page(model="tiny_pets", view="Layers")
    assert has_no_messages(app)
    run = Run(runs / "tiny_pets", published=False)
    table = app.dataframe[0].value
    assert table["GMACs"].sum() == pytest.approx(gmacs(run))
    assert table["Parameters"].sum() == run.parameters()
    assert table["Stage"][0] == "down 32 × 48"
    (profile,) = [json.loads(element.proto.spec) for element in app.get("plotly_chart")]
    assert len(profile["data"]) == 2
    app = models_page(model="tiny_pets")
    assert metrics(app)["GMACs"] == f"{gmacs(run):.2f}"
    assert metrics(app)["Parameters"] == f"{run.parameters():,}"
    assert metrics(app)["mIoU (val)"] == "–"


@pytest.mark.parametrize("view", ["Card", "Classes", "Layers", "Recipe", "Downloads"])
def test_every_view_can_be_linked_to(runs, view):
    app = models_page(model="tiny_street", view=view)
    assert has_no_messages(app)
    assert address(app)["model"] == "tiny_street"
    assert address(app).get("view", "Card") == view


def test_the_card_is_shown_and_the_recipe_copied(scored_run):
    (scored_run.path / "card.md").write_text("<!-- mark -->\n# voc\nmIoU <script>alert(1)</script> $5")
    app = models_page(model="voc")
    assert has_no_messages(app)
    shown = [element.value for element in app.markdown if element.value.startswith("## voc")]
    assert shown == ["## voc\nmIoU <script>alert(1)</script> \\$5"]
    assert not any(element.allow_html for element in app.markdown if element.value in shown)
    app = models_page(model="voc", view="Recipe")
    where = os.environ["SEGDECK_DATA"]
    assert app.code[0].value.splitlines()[0].split() == ["python", "-m", "data.prepare", "voc2012", "--data-dir", where]
    assert app.code[1].value == (scored_run.path / "config.yaml").read_text().rstrip()
    app = models_page(model="pets")
    assert any("has no card yet" in info.value for info in app.info)


def test_without_models_the_page_says_how_to_get_one(no_models):
    app = models_page()
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
    app = models_page(model="fresh", view="Layers")
    assert not app.exception
    assert not app.error
    assert "no weights" in app.info[0].value
    assert app.info[0].value.partition("**fresh**: ")[2] == f"{run.missing_weights_reason()}."
    assert words in app.info[0].value
    assert set(metrics(app).values()) == {"–"}
    commands = [code.value for code in app.code]
    again = [cli_commands.resume(run)]
    assert commands[:-2] == (again if state == "stopped" else [])
    assert commands[-2].startswith("python -m data.prepare")


def test_a_link_to_a_missing_model_is_reported(scored_run):
    app = models_page(model="gone")
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
    app = models_page(model="bad", view=view)
    assert not app.exception
    (error,) = app.error
    assert "is damaged" in error.value
    assert not app.get("download_button")
