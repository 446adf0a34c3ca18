"""What a folder of runs holds is told as it is: odd names, and folders that are no runs."""

import pytest
from streamlit.testing.v1 import AppTest

from configs.paths import ROOT
from data import datasets
from pages.shared.ui.layout import escape_markdown
from tests.pages import scored

ODD = "a*b*c :red[d] $e$"


@pytest.mark.parametrize("page", ["2_Training", "3_Evaluation"])
def test_the_name_of_a_run_is_no_markdown(page, no_models):
    space = datasets.get("oxford_iiit_pet").label_space
    run = scored.make(no_models / "odd", epochs=1, scores={"val": scored.evaluation(space, 0.2, 3)})
    run.path.rename(no_models / ODD)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()
    app = app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    assert escape_markdown(ODD) != ODD
    assert app.pills[0].options == [escape_markdown(ODD)]
    assert app.pills[0].value == [ODD]


@pytest.mark.parametrize(
    "page", ["streamlit_app", *(f"pages/{name}" for name in ("1_Compare", "2_Training", "3_Evaluation", "5_Models"))]
)
def test_where_there_is_no_model_a_folder_that_is_none_is_named_once(page, no_models):
    (no_models / "holiday").mkdir()
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()
    if page != "streamlit_app":
        app = app.switch_page(f"{page}.py").run()
    assert not app.exception
    assert [box.label for box in app.expander].count("1 folder could not be read as a model") == 1


def test_compare_does_not_say_that_there_is_no_model_while_the_first_epoch_goes_on(no_models):
    scored.make(no_models / "fresh", epochs=0, state="running").weights.unlink()
    app = (
        AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
        .run()
        .switch_page("pages/1_Compare.py")
        .run()
    )
    assert not app.exception
    assert [info.value for info in app.info] == [
        "No model has weights yet, so there is none to ask.  \n**fresh**: its first epoch has to finish first."
    ]
