"""The form that adds a dataset, without a browser."""

import pytest

from data import datasets, store
from pages.shared.ui.layout import escape_markdown
from tests.data.conftest import own_data, write  # noqa: F401 - a fixture
from tests.data.formats import making
from tests.facts import mentions
from tests.pages import app as dashboard
from tests.pages.app import address

DATASETS = "pages/4_Datasets.py"


@pytest.fixture
def source(tmp_path, own_data, own_cache, no_models, monkeypatch):  # noqa: F811 - the fixture
    """Return a folder that can be added by a visitor who may."""
    monkeypatch.setenv("SEGDECK_ADDING", "on")
    making.make_folder(tmp_path / "source")
    return tmp_path / "source"


def keys(app):
    return {element.key for kind in ("text_input", "button", "selectbox") for element in app.get(kind) if element.key}


def look(app, folder, name, classes=""):
    app.text_input(key="datasets_add_folder").set_value(str(folder))
    app.text_input(key="datasets_add_name").set_value(name)
    app.text_input(key="datasets_add_classes").set_value(str(classes))
    return app.button(key="datasets_add_look").click().run()


def test_a_folder_is_looked_at_then_added_then_shown(source, own_data):  # noqa: F811
    app = look(dashboard.open_page(DATASETS, {}), source, "mine")
    assert not app.exception
    assert not app.error
    assert list(own_data.iterdir()) == [], "looking writes nothing"
    (table,) = [frame.value for frame in app.dataframe if "Marked by" in frame.value]
    assert table["Class"].tolist() == ["background", "cat", "dog"]
    assert table["Share (%)"].sum() == pytest.approx(100, abs=0.05)
    assert any("2 train, 1 val" in text.value for text in app.markdown)
    app.button(key="datasets_add_save").click().run()
    assert not app.exception
    assert not app.error
    assert address(app)["dataset"] == "mine"
    assert datasets.names()[-1] == "mine"
    assert any(f"data.prepare mine --data-dir {own_data}" in code.value for code in app.code)
    assert any("data.remove mine" in code.value for code in app.code)
    store.open_all("mine", own_data)
    app = dashboard.open_page(DATASETS, {"dataset": "mine"})
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric} == {
        "Pictures, train": "2",
        "Pictures, val": "1",
        "Classes": "3",
    }


def test_problems_are_shown_and_there_is_no_button_to_add(source):
    (source / "classes.txt").unlink()
    app = look(dashboard.open_page(DATASETS, {}), source, "mine")
    assert ["0, 1, 2" in error.value for error in app.error] == [True]
    assert "datasets_add_save" not in keys(app)
    write("background\ncat\ndog\n", source.parent / "names.txt")
    app = look(app, source, "mine", source.parent / "names.txt")
    assert not app.error
    assert "datasets_add_save" in keys(app)
    app.text_input(key="datasets_add_name").set_value("other").run()
    assert "datasets_add_save" not in keys(app), "what was found belongs to the inputs it was found for"


def test_what_was_assumed_is_shown_and_can_be_changed(source):
    write("background\ncat\ndog\ncow\n", source / "classes.txt")
    app = look(dashboard.open_page(DATASETS, {}), source, "mine")
    assert any(mentions(info.value.replace("\\", ""), "--first-id 1", "classes.txt") for info in app.info)
    app.selectbox(key="datasets_add_first_id").set_value(1).run()
    assert "datasets_add_save" not in keys(app), "what was found belongs to the inputs it was found for"
    app.button(key="datasets_add_look").click().run()
    assert not app.exception
    assert not any("first-id" in info.value for info in app.info)
    (table,) = [frame.value for frame in app.dataframe if "Marked by" in frame.value]
    assert dict(zip(table["Class"], table["Marked by"], strict=True)) == {
        "background": "1", "cat": "2", "dog": "3", "cow": "4", "void": "0 (not scored)",
    }  # fmt: skip
    app.selectbox(key="datasets_add_marked_by").set_value("colours").run()
    app.button(key="datasets_add_look").click().run()
    assert [mentions(error.value.replace("\\", ""), "--marked-by colours", "background") for error in app.error] == [
        True
    ]


@pytest.mark.parametrize(
    ("folder", "name", "word"),
    [("", "mine", "folder"), ("/absent/folder", "mine", "/absent/folder"), ("source", "camvid", "camvid")],
)
def test_a_mistake_is_one_sentence(source, folder, name, word):
    folder = source if folder == "source" else folder
    app = look(dashboard.open_page(DATASETS, {}), folder, name)
    assert not app.exception
    assert [escape_markdown(word) in error.value for error in app.error] == [True]


def test_without_permission_there_is_no_form(source, monkeypatch):
    monkeypatch.delenv("SEGDECK_ADDING")
    app = dashboard.open_page(DATASETS, {})
    assert not app.exception
    assert not {key for key in keys(app) if key.startswith("datasets_add")}
    assert any("data.add" in code.value for code in app.code)
    assert any("SEGDECK" in caption.value for caption in app.caption)


def test_a_broken_description_is_named_and_the_page_stays(source, own_data):  # noqa: F811
    write("broken: [", own_data / "broken" / "dataset.yaml")
    app = dashboard.open_page(DATASETS, {})
    assert not app.exception
    assert not app.error
    (text,) = [text.value for text in app.markdown if "dataset.yaml" in text.value]
    assert escape_markdown(str(own_data / "broken" / "dataset.yaml")) in text
