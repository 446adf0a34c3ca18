"""Odd names of runs, and folders that are not runs."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from configs.paths import ROOT
from data import datasets
from pages.shared.ui.layout import escape_markdown
from tests.pages import scored

ODD = "a*b*c :red[d] $e$"


@pytest.mark.parametrize("page", ["2_Training", "3_Evaluation"])
def test_the_name_of_a_run_is_escaped(page, no_models):
    space = datasets.get("oxford_iiit_pet").label_space
    run = scored.make(no_models / "odd", epochs=1, scores={"val": scored.evaluation(space, 0.2, 3)})
    run.path.rename(no_models / ODD)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()
    app = app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    assert escape_markdown(ODD) != ODD
    (names,) = [pills for pills in app.pills if pills.options == [escape_markdown(ODD)]]
    assert names.value == [ODD]


PAGES = [
    "streamlit_app",
    *(f"pages/{name}" for name in ("1_Compare", "2_Training", "3_Evaluation", "5_Models", "6_Video")),
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("name", "shown"), [("k\udce9s", "udce9"), ("a,b", "a,b"), ("x\ny", "x\\ny")])
def test_a_folder_that_no_link_can_name_leaves_the_page_whole(page, name, shown, no_models):
    space = datasets.get("oxford_iiit_pet").label_space
    sound = scored.make(no_models / "sound", epochs=1, scores={"val": scored.evaluation(space, 0.2, 3)})
    shutil.copytree(sound.path, no_models / name)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()
    if page != "streamlit_app":
        app = app.switch_page(f"{page}.py").run()
    assert not app.exception
    if page in {"pages/1_Compare", "pages/6_Video"}:  # which list them only if there is nothing else to show
        return
    (skipped,) = [box for box in app.expander if box.label.startswith("1 folder")]
    assert shown in skipped.markdown[0].value.replace("\\\\", "\\")


@pytest.mark.parametrize("page", PAGES)
def test_without_models_a_page_lists_skipped_folders_once(page, no_models):
    (no_models / "holiday").mkdir()
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()
    if page != "streamlit_app":
        app = app.switch_page(f"{page}.py").run()
    assert not app.exception
    (skipped,) = [box for box in app.expander if box.label.startswith("1 folder")]
    assert "holiday" in skipped.markdown[0].value


def test_compare_names_a_run_without_weights_during_its_first_epoch(no_models):
    scored.make(no_models / "fresh", epochs=0, state="running").weights.unlink()
    app = (
        AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
        .run()
        .switch_page("pages/1_Compare.py")
        .run()
    )
    assert not app.exception
    (info,) = app.info
    _, reason = info.value.split("**fresh**")
    assert "first epoch" in reason
    assert not app.code, "no command is offered while the training runs"
