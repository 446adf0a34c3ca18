"""The Evaluation page without a browser: with scores, with nothing yet, with broken files."""

import os

import pytest

from pages.evaluation.page import VIEWS
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown
from tests.pages import scored
from tests.pages.app import address, has_no_messages
from tests.pages.evaluation.evaluation_page import evaluation, figures


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_linked_to(scores, view):
    app = evaluation(dataset="voc2012", models="good,bad", view=view)
    assert has_no_messages(app)
    assert address(app).get("view", "Classes") == view
    drawn = {"Report": 1, "Suspicious truth": 1, "Classes": 3}.get(view, 2)
    assert len(figures(app)) == drawn
    notes = [caption.help for caption in app.caption if caption.value == "What is this?"]
    assert len(notes) == drawn
    assert all("split val" in text.replace("Split: val", "split val") for text in notes)


def test_splits_and_a_choice_of_models(scores):
    app = evaluation(dataset="oxford_iiit_pet", split="test", view="Two models")
    assert has_no_messages(app)
    assert app.dataframe[0].value["Model"].tolist() == ["pets"]
    (info,) = app.info
    assert "no other model" in info.value
    app.pills(key="evaluation_models").set_value([]).run()
    (info,) = app.info
    assert "at least one model" in info.value


def test_without_models_or_scores_the_page_says_what_to_do(no_models):
    app = evaluation()
    (info,) = app.info
    assert "no model yet" in info.value
    assert app.code[0].value == cli_commands.first_model()
    scored.make(no_models / "fresh", epochs=1)
    app = evaluation()
    assert has_no_messages(app)
    (info,) = app.info
    assert info.value.startswith("No model ")
    assert "scored" in info.value
    where = os.environ["SEGDECK_DATA"]
    assert app.code[0].value == f"python -m train.evaluate {no_models / 'fresh'} --data-dir {where}"


def test_broken_evaluations_are_named_and_the_rest_is_shown(scores):
    (scores / "holiday").mkdir()
    (scores / "bad" / "evaluation.json").write_text("{")
    (scores / "pets" / "model.weights.h5").write_bytes(b"trained on")
    app = evaluation(dataset="voc2012", models="good,gone")
    assert not app.exception
    assert not app.error
    (warning,) = app.warning
    assert "models=gone" in warning.value
    evaluations, _unscored, _form, folders = app.expander
    assert evaluations.label.startswith("3 evaluations")
    bad, *pets = evaluations.markdown[0].value.splitlines()
    assert escape_markdown(str(scores / "bad" / "evaluation.json")) in bad
    assert "JSON" in bad
    assert len(pets) == 2
    assert all("pets" in sentence and "other weights" in sentence for sentence in pets)
    assert folders.label.startswith("1 folder ")
    assert "holiday" in folders.markdown[0].value
    assert app.dataframe[0].value["Model"].tolist() == ["good"]


@pytest.mark.parametrize(
    ("state", "words"),
    [("running", "first epoch"), ("stopped", "training ended")],
)
def test_models_without_weights_say_why(no_models, state, words):
    run = scored.make(no_models / "fresh", epochs=0, state=state)
    run.weights.unlink()
    app = evaluation()
    assert has_no_messages(app)
    (info,) = app.info
    assert info.value.partition("**fresh**: ")[2] == f"{run.missing_weights_reason()}."
    assert words in info.value
    assert ["--resume" in code.value for code in app.code] == ([True] if state == "stopped" else [])
