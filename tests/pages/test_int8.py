"""A run in int8 on every page: it is found, compared, scored and downloaded like any other model."""

import json
import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from configs.paths import ROOT
from models.inference import cpu, deployment, quantised
from models.inference.default_int8 import int8_by_default
from models.predict import find_models
from models.runs import registry
from models.runs.evaluation import Evaluation
from models.runs.run import Run
from pages.compare.default_models import default_models
from pages.shared.content.images import sample_pictures
from pages.shared.ui import cli_commands
from pages.video.whole_file.kept_clip import slot
from tests import clips
from tests.models import int8
from tests.pages import scored
from tests.pages.app import address, has_no_messages, model_panels, open_page, start
from tests.pages.compare.compare_page import compare
from tests.pages.conftest import wait_until
from tests.pages.evaluation.evaluation_page import evaluation
from tests.pages.models.models_page import metrics, models_page
from train.evaluation import report

NAME = "tiny_pets · int8"
VIDEO = "pages/6_Video.py"


@pytest.fixture
def view(runs_folder, no_models) -> Run:
    """Return the only run of the dashboard in int8; it and the run have scores."""
    run = Run(shutil.copytree(runs_folder / "tiny_pets", no_models / "tiny_pets"), published=False)
    view = int8.quantised(run)
    both = []
    for model, errors in [(run, 0.2), (view, 0.3)]:
        engine = f"OpenVINO {model.precision or 'float32'}"
        both.append(scored.evaluation(run.label_space, errors) | {"weights": model.digest(), "engine": engine})
    content = Evaluation.parse(report.to_json({"schema": 1, "val": both[0]}))
    of_int8 = Evaluation.parse(report.to_json({"schema": 1, "val": both[1]})).splits["val"]
    document = content.including("val", of_int8, "int8").document()
    (run.path / "evaluation.json").write_text(report.to_json(document))
    return view


def test_a_link_compares_a_run_with_itself_in_int8(view):
    app = compare(models=f"tiny_pets,{NAME}", sample="chelsea", view="agreement")
    assert has_no_messages(app)
    assert list(model_panels(app)) == ["tiny_pets", NAME]
    assert address(app)["models"] == f"tiny_pets,{NAME}"
    assert {"tiny_pets", NAME} <= set(app.dataframe[0].value.to_numpy().ravel())


@pytest.mark.parametrize(
    ("gain", "loss", "first"), [(True, 0.003, NAME), (True, 0.005, "tiny_pets"), (False, 0, "tiny_pets")]
)
def test_pages_begin_with_int8_where_it_gains_speed_and_loses_next_to_nothing(view, monkeypatch, gain, loss, first):
    rescore(view.path, loss)
    monkeypatch.setattr(cpu, "multiplies_int8", lambda flags: gain)
    models = {"tiny_pets": view.in_precision(None), NAME: view}
    assert default_models(models, sample_pictures()[0]) == [first], "never a run beside itself"
    assert list(model_panels(compare(sample="chelsea"))) == [first]
    assert address(open_page(VIDEO, {})) == {"models": first}


def test_scores_of_other_weights_are_no_reason_for_int8(view, monkeypatch):
    monkeypatch.setattr(cpu, "multiplies_int8", lambda flags: True)
    rescore(view.path, 0)
    assert int8_by_default(view.in_precision(None))
    with view.quantisation.open("ab") as file:
        file.write(b" ")
    assert not int8_by_default(view.in_precision(None))


def rescore(folder: Path, loss: float) -> None:
    """Set a run's mIoU in int8 to what it is in float32, less a loss."""
    file = folder / "evaluation.json"
    document = json.loads(file.read_text())
    document["precisions"]["int8"]["val"]["miou"] = 0.5 - loss
    document["val"]["miou"] = 0.5
    file.write_text(json.dumps(document))


def test_the_evaluation_page_compares_the_two(view):
    app = evaluation(models=f"tiny_pets,{NAME}", view="Two models")
    assert has_no_messages(app)
    board = app.dataframe[0].value.set_index("Model")
    assert set(board.index) == {"tiny_pets", NAME}
    assert board["Size (MB)"][NAME] == pytest.approx(4321 / 1e6)
    assert board["Engine"][NAME] == "OpenVINO int8"
    assert board["mIoU"][NAME] < board["mIoU"]["tiny_pets"]
    assert board["Parameters"][NAME] == board["Parameters"]["tiny_pets"]


def test_the_overview_lists_both(view):
    table = start().dataframe[0].value
    assert table["Model"].tolist() == ["tiny_pets", NAME]


def test_the_models_page_describes_it_and_offers_its_network(view):
    app = models_page(model=NAME, view="Downloads")
    assert has_no_messages(app)
    assert metrics(app)["Size (MB)"] == "0.0"
    assert "--precision int8" in app.code[-1].value
    assert any('"int8.xml"' in code.value for code in app.code)
    content = quantised.using(view, lambda folder: deployment.bundle(view, NAME, folder))
    assert set(zipfile.ZipFile(BytesIO(content)).namelist()) == {"int8.xml", "int8.bin", "README.txt"}


def test_the_commands_name_the_precision(view):
    assert cli_commands.evaluate(view).startswith(f"python -m train.evaluate {view.path} --precision int8 ")
    assert cli_commands.predict(view).startswith(f"python -m models.predict --model {view.path} --precision int8 ")
    assert cli_commands.evaluate_arguments(view, "val", "oxford_iiit_pet")[-2:] == ["--precision", "int8"]
    assert "precision" not in cli_commands.predict(view.in_precision(None))


def test_commands_for_several_models_tell_a_local_run_from_itself_in_int8(view, tmp_path):
    both = [view.in_precision(None), view]
    arguments = cli_commands.report_arguments(both, "oxford_iiit_pet", "val", question="", pictures=False)
    assert [registry.find(name) for name in arguments[2:4]] == both
    arguments = cli_commands.clip_arguments(both, tmp_path / "clip.mp4", tmp_path / "out")
    given = [after for option, after in pairwise(arguments) if option == "--model"]
    assert find_models(given) == both


def test_a_report_has_a_local_run_and_itself_in_int8(view, tmp_path):
    both = [view.in_precision(None), view]
    arguments = cli_commands.report_arguments(both, "oxford_iiit_pet", "val", question="", pictures=False)
    written = tmp_path / "report.md"
    subprocess.run([sys.executable, *arguments, "--output", str(written)], cwd=ROOT, check=True, timeout=300)
    leaders = pd.read_csv(tmp_path / "report_leaderboard.csv").set_index("Model")
    assert set(leaders.index) == {"tiny_pets", NAME}
    assert leaders["mIoU"][NAME] < leaders["mIoU"]["tiny_pets"]
    assert f"python -m train.report tiny_pets '{NAME}'" in written.read_text()


def test_a_clip_is_predicted_by_a_local_run_in_int8(view, tmp_path):
    slot.clear()
    drive = clips.write(tmp_path / "drive.mp4", clips.pictures(10)).read_bytes()
    app = open_page(VIDEO, {"models": "tiny_pets", "view": "whole"})
    app = app.file_uploader[0].upload("drive.mp4", drive, "video/mp4").run()
    clip = app.session_state["whole_file"].clip
    for chosen in (["tiny_pets"], [NAME], ["tiny_pets", NAME]):
        app.pills[0].set_value(chosen).run()
        app.button(key="whole_file_start").click().run()
        wait_until(lambda: not clip.running)
        app.run()
        assert has_no_messages(app)
        assert set(app.dataframe[0].value["Model"]) == set(chosen)
        assert not [button for button in app.button if button.key == "whole_file_start"]
