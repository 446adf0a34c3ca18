"""The page of a model that came as a file: its description, another name, its removal."""

import pytest

from models.added import adding
from models.added.describing import Answers
from models.added.model import AddedModel
from pages.shared.ui import cli_commands
from tests.models.added.onnx_files import saved, segmenter
from tests.pages import app as dashboard
from tests.pages.app import address, has_no_messages

PAGE = "pages/5_Models.py"


@pytest.fixture
def models(no_models, tmp_path, monkeypatch):
    """Add two models, allow adding, and return their folder."""
    monkeypatch.setenv("SEGDECK_ADDING", "on")
    for name in ("one", "two"):
        adding.add(saved(tmp_path, segmenter()), name, Answers(classes=tuple("abcd"), input_range=(0.0, 1.0)))
    return no_models


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def test_it_shows_how_the_model_is_called(models):
    app = dashboard.open_page(PAGE, {"model": "one"})
    assert has_no_messages(app)
    settings = app.dataframe[0].value.set_index("Setting")["Value"]
    assert settings["input.colour"] == "RGB"
    commands = app.code[-1].value
    assert all(part in commands for part in ("models.predict", cli_commands.remove(AddedModel(models / "one"))))


def test_another_name(models):
    app = dashboard.open_page(PAGE, {"model": "one"})
    app.text_input(key="models_rename_one").set_value("three").run()
    app.button(key="models_rename").click().run()
    assert has_no_messages(app)
    assert address(app)["model"] == "three"
    assert names(models) == ["three", "two"]


@pytest.mark.parametrize("new", ["two", "../three", "a b"])
def test_a_name_that_is_taken_or_none_is_refused(models, new):
    app = dashboard.open_page(PAGE, {"model": "one"})
    app.text_input(key="models_rename_one").set_value(new).run()
    app.button(key="models_rename").click().run()
    (error,) = app.error
    assert new in error.value.replace("\\", "")
    assert "--" not in error.value
    assert names(models) == ["one", "two"]


def test_removal(models):
    app = dashboard.open_page(PAGE, {"model": "two"})
    app.button(key="models_remove").click().run()
    assert not app.exception
    assert not app.error
    assert names(models) == ["one"]
    assert app.selectbox[0].options == ["one"]
    app.button(key="models_remove").click().run()
    assert names(models) == []
    assert any("no model yet" in info.value for info in app.info)


def test_where_adding_is_not_allowed_nothing_is_changed(models, monkeypatch):
    monkeypatch.setenv("SEGDECK_ADDING", "off")
    app = dashboard.open_page(PAGE, {"model": "one"})
    assert has_no_messages(app)
    assert not {"models_rename", "models_remove"} & {button.key for button in app.button}
