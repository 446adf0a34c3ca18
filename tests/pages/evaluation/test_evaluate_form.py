"""The form that evaluates a model, with a program in the place of the evaluation."""

import json
import os
from pathlib import Path

import pytest
import streamlit as st

from models.runs.run import Run
from pages.evaluation import evaluate_form
from pages.evaluation.evaluate_form import ClassMap
from pages.evaluation.leaderboard import SHARE
from pages.shared.ui import background_command, cli_commands
from pages.shared.ui.background_command import Command
from tests.data.conftest import make_camvid, make_pets, make_voc
from tests.facts import mentions
from tests.pages import scored
from tests.pages.app import address, has_no_messages
from tests.pages.conftest import wait_until
from tests.pages.evaluation.conftest import SHARED
from tests.pages.evaluation.evaluation_page import evaluation
from train.evaluation import report


@pytest.fixture(autouse=True)
def no_command():
    """Give every test a server that has evaluated nothing."""
    background_command.slot.clear()
    yield
    if (command := background_command.slot().command) is not None and not command.done:
        command.stop()
        wait_until(lambda: command.done)
    background_command.slot.clear()


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """Use a data folder with pets, streets and VOC."""
    folder = tmp_path / "data"
    make_pets(folder / "oxford_iiit_pet")
    make_camvid(folder / "CamVid")
    make_voc(folder / "VOCdevkit" / "VOC2012")
    monkeypatch.setenv("SEGDECK_DATA", str(folder))
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    st.cache_resource.clear()
    return folder


@pytest.fixture
def pets(no_models, data) -> Run:
    """Write an unscored run of pets."""
    return scored.make(no_models / "pets", epochs=1)


def replaced_by(monkeypatch, program: str) -> list[tuple[str, ...]]:
    """Run a program instead of the evaluation; return the list of evaluations that were asked for."""
    asked = []

    def arguments(run, split, dataset, class_file):
        said = () if class_file is None else (class_file.read_text(),)
        asked.append((run.name, split, dataset, *said))
        return ["-c", program]

    monkeypatch.setattr(cli_commands, "evaluate_arguments", arguments)
    return asked


def start(app, dataset, split="val"):
    app.selectbox(key="evaluation_evaluate_on").set_value(dataset).run()
    app.selectbox(key="evaluation_evaluate_split").set_value(split).run()
    assert has_no_messages(app)
    return app.button(key="evaluate_start").click().run()


def running() -> Command:
    """Return the evaluation that was started."""
    command = background_command.slot().command
    assert command is not None
    return command


def finished(app):
    wait_until(lambda: running().done)
    return app.run()


def test_the_result_is_shown_in_the_leaderboard_when_it_is_there(pets, monkeypatch):
    result = scored.evaluation_in_shared_classes(SHARED, "voc2012", 0.2)
    result["weights"] = pets.digest()
    text = report.to_json({"schema": 1, "voc2012/train": result})
    program = f"import pathlib; pathlib.Path({str(pets.path / 'evaluation.json')!r}).write_text({text!r})"
    asked = replaced_by(monkeypatch, program)
    app = finished(start(evaluation(), "voc2012", "train"))
    assert asked == [("pets", "train", "voc2012")]
    assert has_no_messages(app)
    board = app.dataframe[0].value
    assert (board["Model"].tolist(), board["mIoU"].tolist()) == (["pets"], [result["miou"]])
    assert (address(app)["dataset"], address(app)["split"]) == ("voc2012", "train")
    assert any(mentions(box.value.replace("\\", ""), "pets", "PASCAL VOC 2012", "done") for box in app.success)


def test_a_result_that_comes_while_the_page_is_drawn_is_in_the_leaderboard(pets, monkeypatch, tmp_path):
    result = scored.evaluation_in_shared_classes(SHARED, "voc2012", 0.2) | {"weights": pets.digest()}
    text = report.to_json({"schema": 1, "voc2012/train": result})
    program = (
        "import pathlib, time\n"
        f"while not pathlib.Path({str(tmp_path / 'go')!r}).exists(): time.sleep(0.01)\n"
        f"pathlib.Path({str(pets.path / 'evaluation.json')!r}).write_text({text!r})"
    )
    replaced_by(monkeypatch, program)
    app = start(evaluation(), "voc2012", "train")
    draw = evaluate_form.draw

    def wait_and_draw(*arguments, **options):
        """Let the evaluation end after the page has read all scores and before it draws the form."""
        (tmp_path / "go").touch()
        wait_until(lambda: running().done)
        draw(*arguments, **options)

    monkeypatch.setattr(evaluate_form, "draw", wait_and_draw)
    app.run()
    assert has_no_messages(app)
    assert app.dataframe[0].value["Model"].tolist() == ["pets"]
    assert (address(app)["dataset"], address(app)["split"]) == ("voc2012", "train")


def test_a_running_evaluation_survives_another_page_and_is_the_only_one(pets, monkeypatch):
    line = json.dumps({"progress": "evaluating on val", "done": 3, "total": 12, "rate": 0.5})
    asked = replaced_by(monkeypatch, f"import sys, time; print({line!r}, file=sys.stderr, flush=True); time.sleep(600)")
    app = start(evaluation(), "oxford_iiit_pet")
    wait_until(lambda: running().progress.done == 3)
    for visitor in (app.switch_page("pages/4_Datasets.py").run().switch_page("pages/3_Evaluation.py"), evaluation()):
        visitor.run()
        assert has_no_messages(visitor)
        (bar,) = visitor.get("progress")
        assert bar.proto.value == 25
        assert mentions(bar.proto.text.replace("\\", ""), "pets", "3 of 12", "18 s left")
        assert "evaluate_start" not in [button.key for button in visitor.button]
    visitor.button(key="stop_command").click().run()
    app = finished(app)
    assert has_no_messages(app)
    assert any(mentions(info.value, "stopped") for info in app.info)
    assert app.button(key="evaluate_start").disabled is False
    assert len(asked) == 1


def test_an_error_is_its_one_sentence(pets, monkeypatch):
    message = "there is no pet in the picture a_1"
    replaced_by(monkeypatch, f"import sys; print('error: {message}', file=sys.stderr); sys.exit(2)")
    app = finished(start(evaluation(), "oxford_iiit_pet"))
    (error,) = app.error
    assert mentions(error.value.replace("\\", ""), "pets", "Oxford-IIIT Pet", "There is no pet in the picture a_1")


def test_only_what_can_be_scored_is_offered(pets, data):
    app = evaluation()
    datasets = app.selectbox(key="evaluation_evaluate_on")
    assert set(datasets.options) == {"Oxford-IIIT Pet", "PASCAL VOC 2012", "CamVid"}, "there are no groceries here"
    assert datasets.value == "oxford_iiit_pet"
    assert app.selectbox(key="evaluation_evaluate_split").options == ["val", "train"]
    datasets.set_value("voc2012").run()
    assert any(mentions(caption.value, "pet", "anything else") for caption in app.caption)
    assert any(code.value.endswith("--dataset voc2012") for code in app.code)
    app.selectbox(key="evaluation_evaluate_on").set_value("camvid").run()
    (warning,) = app.warning
    assert mentions(warning.value, "pets", "CamVid")
    assert app.button(key="evaluate_start").disabled


def upload(app, dataset, text, name="meanings.yaml"):
    app.selectbox(key="evaluation_evaluate_on").set_value(dataset).run()
    content = text if isinstance(text, bytes) else text.encode()
    return app.file_uploader[0].upload(name, content, "application/yaml").run()


def test_a_file_says_what_classes_mean(pets, monkeypatch):
    """Pets and streets have nothing in common until a file says so; the result has the share that was scored."""
    result = scored.evaluation_in_shared_classes({"car": ("car",), "tree": ("tree",)}, "camvid", 0.4, share=0.25)
    text = report.to_json({"schema": 1, "camvid/val": result | {"weights": pets.digest()}})
    asked = replaced_by(
        monkeypatch, f"import pathlib; pathlib.Path({str(pets.path / 'evaluation.json')!r}).write_text({text!r})"
    )
    meanings = "pet: car\nbackground: tree\nborder: []\n"
    app = upload(evaluation(), "camvid", meanings)
    assert has_no_messages(app)
    assert any(mentions(caption.value, "car", "tree") for caption in app.caption)
    assert any(code.value.endswith("--dataset camvid --classes-map meanings.yaml") for code in app.code)
    app = finished(app.button(key="evaluate_start").click().run())
    assert asked == [("pets", "val", "camvid", meanings)]
    assert not app.exception
    assert not app.error
    assert app.dataframe[0].value[SHARE].tolist() == [0.25]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("lion: car", ("lion", "pet, background")),
        ("pet: lion", ("pet", "lion", "CamVid")),
        ("pet: [", ("YAML",)),
        ("", ("kitty: cat",)),
        (b"pet: \xff", ("UTF-8",)),
    ],
)
def test_a_wrong_file_is_one_sentence(pets, content, words):
    app = upload(evaluation(), "camvid", content)
    assert not app.exception
    assert [mentions(error.value.replace("\\", ""), *words) for error in app.error] == [True]
    assert app.button(key="evaluate_start").disabled


def test_no_file_is_asked_for_where_the_classes_are_the_datasets_own(pets):
    assert not evaluation().file_uploader


def test_without_data_the_form_says_so(pets, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tmp_path / "nothing"))
    app = evaluation()
    assert has_no_messages(app)
    assert any(mentions(note.value.replace("\\", ""), "no dataset", tmp_path / "nothing") for note in app.caption)


def test_the_arguments_are_those_of_the_command_line(pets, data, tmp_path):
    arguments = cli_commands.evaluate_arguments(pets, "train", "voc2012", tmp_path / "meanings.yaml")
    assert arguments[:3] == ["-m", "train.evaluate", str(pets.path)]
    assert dict(zip(arguments[3::2], arguments[4::2], strict=True)) == {
        "--data-dir": str(data),
        "--dataset": "voc2012",
        "--split": "train",
        "--classes-map": str(tmp_path / "meanings.yaml"),
    }


def test_an_uploaded_class_map_is_kept_for_an_hour(monkeypatch, tmp_path):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path))
    old, new = (ClassMap("map.yaml", text).stored() for text in ("pet: cat\n", "pet: dog\n"))
    assert old is not None
    assert new is not None
    assert (old.read_text(), new.read_text()) == ("pet: cat\n", "pet: dog\n")
    os.utime(old, (0, 0))
    ClassMap("map.yaml", "pet: dog\n").stored()
    assert not old.exists()
    assert new.exists()
