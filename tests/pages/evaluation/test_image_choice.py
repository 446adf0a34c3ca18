"""What a click on a figure opens: images of a cell, a bin, a model or a point, with the predictions that were saved."""

import re
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data import store
from models.runs.evaluation import SplitScores
from models.runs.run import Run
from pages.evaluation import image_scores, page
from pages.evaluation.lighting import Bin
from pages.shared.ui import background_command, cli_commands
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.page_state import PageState
from tests.data.conftest import make_pets
from tests.facts import mentions
from tests.pages.app import address, has_no_messages
from tests.pages.conftest import wait_until
from tests.pages.evaluation.evaluation_page import evaluation
from train.evaluation.scoring import evaluate_run


@pytest.fixture
def pets(runs, no_models, tmp_path, monkeypatch) -> tuple[SplitScores, Path]:
    """Score an untrained model of pets and save what it predicts; return the scores and the data."""
    data = tmp_path / "data"
    make_pets(data / "oxford_iiit_pet")
    monkeypatch.setenv("SEGDECK_DATA", str(data))
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    run = Run(shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets"), published=False)
    (run.path / "train_images.txt").write_text("")
    return evaluate_run(run, data, "val", save=True).splits["val"], data


def captions(app) -> list[str]:
    return [strip.proto.imgs[0].caption for strip in app.get("image") if strip.proto.imgs[0].caption]


def test_images_of_a_cell_a_bin_and_a_point_can_be_linked_to(pets):
    split, data = pets
    names = [entry.name for entry in split.classes]
    app = evaluation(view="Images", **{"class": names[0], "taken": names[1]})
    assert has_no_messages(app)
    numbers = [int(re.findall(r"([\d,]+) pixels", caption)[0].replace(",", "")) for caption in captions(app)]
    assert sum(numbers) == split.confusion[0][1]
    assert numbers == sorted(numbers, reverse=True)
    assert any("was scored" in caption.value for caption in app.caption)
    assert address(app)["taken"] == names[1]
    full = max(range(15), key=lambda index: split.calibration[index].pixels)
    app = evaluation(view="Images", confidence=str(full + 1))
    assert has_no_messages(app)
    assert all(Bin(full).name in caption for caption in captions(app))
    image = split.per_image[-1].id
    app = evaluation(view="Images", image=image)
    assert has_no_messages(app)
    (caption,) = captions(app)
    assert caption.startswith(escape_markdown(f"{image}:"))
    app.button(key="all_images").click().run()
    assert len(captions(app)) == len(store.open_split("oxford_iiit_pet", "val", data))
    assert "image" not in address(app)


@pytest.fixture
def command():
    """Give the test a server that has evaluated nothing; return what reads the command it started."""
    background_command.slot.clear()
    yield lambda: background_command.slot().command
    if (started := background_command.slot().command) is not None and not started.done:
        started.end()
    background_command.slot.clear()


def test_a_link_to_what_is_not_here_is_told(scores):
    app = evaluation(dataset="voc2012", models="good", view="Images", most="7", confidence="99", image="nobody")
    assert not app.exception
    assert not app.error
    (told,) = [warning.value for warning in app.warning]
    assert mentions(told, "most=7", "confidence=99", "image=nobody")


def test_images_are_predicted_once_where_that_was_not_saved(scores, monkeypatch, command):
    asked = []

    def arguments(run, split, dataset):
        asked.append((run.name, split, dataset))
        return ["-c", "import time; time.sleep(600)"]

    monkeypatch.setattr(cli_commands, "save_predictions_arguments", arguments)
    app = evaluation(dataset="voc2012", models="good", view="Images", **{"class": "dog", "taken": "cat"})
    assert not app.exception
    (offer,) = [info.value for info in app.info if "dog" in info.value]
    assert "cat" in offer
    button = app.button(key="predict_once")
    assert mentions(button.label, 30)
    button.click().run()
    assert asked == [("good", "val", "voc2012")]
    assert command().title.startswith("good on ")
    app.button(key="stop_predicting").click().run()
    wait_until(lambda: command().done)
    app.run()
    assert not app.exception
    assert app.button(key="predict_once").label == button.label
    assert (address(app)["class"], address(app)["taken"]) == ("dog", "cat"), "the view is the same"


def test_predictions_are_saved_by_the_command_that_scores(scores):
    run = Run(scores / "pets", published=False)
    arguments = cli_commands.save_predictions_arguments(run, "val", "voc2012")
    assert arguments == [*cli_commands.evaluate_arguments(run, "val", "voc2012"), "--save-predictions"]


def test_a_click_chooses_only_what_it_names():
    state = PageState(
        "evaluation", values={"class": "cat", "taken": "dog", "image": "a", "side": "Best", "by": "truth"}
    )
    image_scores.open_images(state, "good", confidence="3")
    expected = image_scores.AT_FIRST | {"confidence": "3", "view": "Images", "of": "good", "by": "truth"}
    assert state.values == expected


@pytest.mark.parametrize(("chosen", "expected"), [(None, "abcde"), (["b"], "be"), (["e", "a"], "ae")])
def test_a_model_that_is_clicked_on_is_among_the_chosen(chosen, expected):
    state = PageState("evaluation", values={} if chosen is None else {"models": chosen})
    page.open_model(state, list("abcdef"), "e")
    assert state.values["models"] == list(expected)
    assert state.values["of"] == "e"


def test_scores_with_a_file_of_classes_are_not_made_without_it(shared_scores):
    app = evaluation(
        dataset="voc2012", scored="pet and background", models="pets_a", view="Images",
        **{"class": "pet", "taken": "background"},
    )  # fmt: skip
    assert not app.exception
    assert "predict_once" not in [button.key for button in app.button]
    assert any("--save-predictions" in code.value and "--classes-map" in code.value for code in app.code)


def test_a_link_whose_choices_do_not_go_together_says_so(scores):
    app = evaluation(dataset="voc2012", models="good", view="Images", taken="dog")
    assert not app.exception
    (told,) = [warning.value for warning in app.warning]
    assert mentions(told, "taken=dog", "class=")
    app = evaluation(dataset="voc2012", models="good", view="Images", **{"class": "cat", "confidence": "3"})
    (told,) = [warning.value for warning in app.warning]
    assert mentions(told, "confidence=3")


def choice_page():
    from types import SimpleNamespace
    from typing import Any

    import streamlit as st

    from pages.evaluation import image_scores
    from pages.shared.ui.page_state import page_state

    one: Any = SimpleNamespace(counts=SimpleNamespace(classes=("any class", "dog")))
    st.text(image_scores._choose_class(page_state("evaluation"), one))


def test_a_class_may_be_called_like_the_choice_of_all():
    app = AppTest.from_function(choice_page, default_timeout=300).run()
    assert app.text[0].value == "None"
    assert app.selectbox[0].options == ["any class (all)", "any class", "dog"]
    app.selectbox[0].set_value("any class").run()
    assert app.text[0].value == "OfClass(name='any class')"
