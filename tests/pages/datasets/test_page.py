"""The Datasets page without a browser: all is well, nothing is there yet, something is broken."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from configs.paths import ROOT
from data import datasets, store
from pages.datasets import image_browser
from pages.shared.content import class_counts
from pages.shared.ui.layout import escape_markdown
from tests.pages import scored

DATASETS = "pages/4_Datasets.py"


def show(**link):
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()
    for name, value in link.items():
        app.query_params[name] = value
    return app.switch_page(DATASETS).run()


def address(app):
    return {name: values[0] if isinstance(values, list) else values for name, values in dict(app.query_params).items()}


def quiet(app):
    return not (app.exception or app.error or app.warning)


def tiles(app):
    return json.loads(app.get_by_key("dataset_tiles").proto.json)


def links(app):
    return {(link.proto.label, link.proto.query_string) for link in app.get("page_link")}


@pytest.fixture
def prepared(tiny_data, own_cache, no_models, monkeypatch):
    """Prepare the datasets of the data folder, and return the folder."""
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    for name in datasets.names():
        store.open_all(name, tiny_data)
    return tiny_data


def test_a_prepared_dataset_shows_facts_classes_and_pictures(prepared, no_models):
    scored.make(no_models / "street", "camvid_unet.yaml", epochs=1)
    app = show()
    assert quiet(app)
    assert address(app) == {"dataset": "camvid", "split": "val"}
    assert {metric.label: metric.value for metric in app.metric} == {
        "Pictures, train": "3",
        "Pictures, val": "2",
        "Pictures, test": "1",
        "Classes": "11",
    }
    table = app.dataframe[0].value.set_index("Class")
    assert table.loc["void", "Scored"] == "no, void"
    assert table["Pixels, val"].sum() == pytest.approx(100)
    assert table.loc["sky", "Code"] == datasets.get("camvid").label_space.colours[0]
    shown = tiles(app)
    assert [tile["id"] for tile in shown["tiles"]] == ["d_4", "e_5"]
    assert list(shown["looks"]) == ["overlay", "mask", "photograph"]
    assert all(tile["photograph"].startswith("data:image/jpeg") for tile in shown["tiles"])
    assert len(app.get("plotly_chart")) == 1
    assert ("Compare", "models=street") in links(app)
    assert ("Model card", "model=street") in links(app)


def test_a_link_chooses_dataset_split_class_and_look(prepared):
    app = show(dataset="grocery", split="train", **{"class": "alcohol"}, look="only", of="Pictures")
    assert quiet(app)
    assert address(app) == {
        "dataset": "grocery",
        "split": "train",
        "class": "alcohol",
        "look": "only",
        "of": "Pictures",
    }
    shown = tiles(app)
    assert shown["look"] == "only"
    assert shown["looks"]["only"] == "Only alcohol"
    assert all(tile["only"] for tile in shown["tiles"])
    assert any("3 of 3 pictures of the split train show alcohol" in caption.value for caption in app.caption)
    app.selectbox(key="datasets_class").set_value("soap").run()
    assert any("No picture of the split train shows soap" in info.value for info in app.info)
    assert address(app)["class"] == "soap"


def test_pages_turn_and_another_choice_begins_at_the_first(prepared, monkeypatch):
    monkeypatch.setattr(image_browser, "AT_ONCE", 2)
    app = show(dataset="camvid", split="train", page="2")
    assert quiet(app)
    assert [tile["id"] for tile in tiles(app)["tiles"]] == ["c_3"]
    assert address(app)["page"] == "2"
    app.selectbox(key="datasets_class").set_value("sky").run()
    assert "page" not in address(app)
    assert len(tiles(app)["tiles"]) == 2


def test_what_a_link_asks_for_and_is_not_here_is_told(prepared):
    app = show(dataset="camvid", split="holiday", **{"class": "cat"})
    assert not app.exception
    assert not app.error
    (warning,) = app.warning
    assert warning.value == (
        "The link asks for split=holiday, which is not here; there are train, val, test.  \n"
        "The link asks for class=cat, which is not here."
    )
    assert len(tiles(app)["tiles"]) == 2


def test_choices_stay_when_the_visitor_comes_back(prepared):
    app = show(dataset="voc2012", **{"class": "void"})
    app.switch_page("streamlit_app.py").run()
    app.switch_page(DATASETS).run()
    assert quiet(app)
    assert address(app) == {"dataset": "voc2012", "split": "val", "class": "void"}


@pytest.mark.parametrize("name", datasets.names())
def test_without_its_files_the_page_says_how_to_get_them(name, no_models, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tmp_path))
    app = show(dataset=name)
    assert quiet(app)
    assert "The pictures are not on this computer" in app.info[0].value
    assert app.code[0].value == f"python -m data.prepare {name} --data-dir {tmp_path}"
    assert any(
        escape_markdown(archive.url) in text.value for archive in datasets.get(name).archives for text in app.markdown
    )
    assert app.dataframe[0].value["Class"].tolist() == list(datasets.get(name).label_space.names)
    assert not app.get("plotly_chart")
    assert "None yet." in [text.value for text in app.markdown]


def test_files_that_are_not_prepared_are_counted_and_nothing_is_built(tiny_data, own_cache, no_models, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    app = show(dataset="oxford_iiit_pet")
    assert quiet(app)
    assert "not prepared yet" in app.info[0].value
    assert app.code[0].value == f"python -m data.prepare oxford_iiit_pet --data-dir {tiny_data}"
    assert app.metric[0].value == "3"
    assert not list(own_cache.rglob("*.array_record*"))


def test_a_file_that_is_missing_is_named(tiny_data, own_cache, no_models, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    (tiny_data / "CamVid" / "valannot" / "e_5.png").unlink()
    app = show(dataset="camvid")
    assert not app.exception
    assert [escape_markdown("e_5.png") in error.value for error in app.error] == [True]
    assert app.dataframe[0].value["Class"].tolist()[0] == "sky"


def test_a_mask_that_cannot_be_read_leaves_the_rest_of_the_page(prepared, monkeypatch):
    def broken(samples, piece):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(class_counts, "count", broken)
    app = show(dataset="camvid", **{"class": "sky"})
    assert not app.exception
    assert app.error
    assert "secret detail" not in app.error[0].value
    assert any("once the masks of the split have been counted" in info.value for info in app.info)
    assert len(app.dataframe) == 1
