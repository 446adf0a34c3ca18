"""The Datasets page without a browser: with prepared datasets, without files, and with damaged ones."""

import json

import pytest

from data import datasets, store
from pages.datasets import image_browser
from pages.shared.ui.layout import escape_markdown
from tests.pages import app as dashboard
from tests.pages import scored
from tests.pages.app import address, has_no_messages

DATASETS = "pages/4_Datasets.py"
PREPARE = ["python", "-m", "data.prepare"]


def open_page(**link):
    return dashboard.open_page(DATASETS, link)


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
    app = open_page()
    assert has_no_messages(app)
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
    assert list(shown["modes"]) == ["overlay", "mask", "photograph"]
    assert all(tile["photograph"].startswith("data:image/jpeg") for tile in shown["tiles"])
    assert len(app.get("plotly_chart")) == 1
    assert ("Compare", "models=street") in links(app)
    assert ("Model card", "model=street") in links(app)


def test_a_link_chooses_dataset_split_class_and_display_mode(prepared):
    app = open_page(dataset="grocery", split="train", **{"class": "alcohol"}, look="only", of="Pictures")
    assert has_no_messages(app)
    assert address(app) == {
        "dataset": "grocery",
        "split": "train",
        "class": "alcohol",
        "look": "only",
        "of": "Pictures",
    }
    shown = tiles(app)
    assert shown["mode"] == "only"
    assert shown["modes"]["only"] == "Only alcohol"
    assert all(tile["only"] for tile in shown["tiles"])
    (counted,) = [caption.value for caption in app.caption if "3 of 3" in caption.value]
    assert "train" in counted
    assert "alcohol" in counted
    app.selectbox(key="datasets_class").set_value("soap").run()
    (info,) = app.info
    assert "train" in info.value
    assert "soap" in info.value
    with pytest.raises(KeyError):
        tiles(app)
    assert address(app)["class"] == "soap"


def test_another_class_returns_to_the_first_page(prepared, monkeypatch):
    monkeypatch.setattr(image_browser, "PER_PAGE", 2)
    app = open_page(dataset="camvid", split="train", page="2")
    assert has_no_messages(app)
    assert [tile["id"] for tile in tiles(app)["tiles"]] == ["c_3"]
    assert address(app)["page"] == "2"
    app.selectbox(key="datasets_class").set_value("sky").run()
    assert "page" not in address(app)
    assert len(tiles(app)["tiles"]) == 2


def test_unknown_values_in_a_link_are_named(prepared):
    app = open_page(dataset="camvid", split="holiday", **{"class": "cat"})
    assert not app.exception
    assert not app.error
    (warning,) = app.warning
    first, second = warning.value.split("  \n")
    assert "split=holiday" in first
    assert "train, val, test" in first
    assert "class=cat" in second
    assert len(tiles(app)["tiles"]) == 2


def test_choices_are_kept_when_the_visitor_returns(prepared):
    app = open_page(dataset="voc2012", **{"class": "void"})
    app.switch_page("streamlit_app.py").run()
    app.switch_page(DATASETS).run()
    assert has_no_messages(app)
    assert address(app) == {"dataset": "voc2012", "split": "val", "class": "void"}


@pytest.mark.parametrize("name", datasets.names())
def test_without_its_files_the_page_explains_how_to_get_them(name, no_models, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tmp_path))
    app = open_page(dataset=name)
    assert has_no_messages(app)
    (info,) = app.info
    assert escape_markdown(str(tmp_path / datasets.get(name).folder)) in info.value
    assert app.code[0].value.split() == [*PREPARE, name, "--data-dir", str(tmp_path)]
    assert any(
        escape_markdown(archive.url) in text.value for archive in datasets.get(name).archives for text in app.markdown
    )
    assert app.dataframe[0].value["Class"].tolist() == list(datasets.get(name).label_space.names)
    assert not app.get("plotly_chart")
    assert "None yet." in [text.value for text in app.markdown]


def test_unprepared_files_are_counted_without_preparing_them(tiny_data, own_cache, no_models, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    app = open_page(dataset="oxford_iiit_pet")
    assert has_no_messages(app)
    assert "not prepared yet" in app.info[0].value
    assert app.code[0].value.split() == [*PREPARE, "oxford_iiit_pet", "--data-dir", str(tiny_data)]
    assert app.metric[0].value == "3"
    assert not list(own_cache.rglob("*.array_record*"))


def test_a_missing_file_is_named(tiny_data, own_cache, no_models, monkeypatch):
    monkeypatch.setenv("SEGDECK_DATA", str(tiny_data))
    (tiny_data / "CamVid" / "valannot" / "e_5.png").unlink()
    app = open_page(dataset="camvid")
    assert not app.exception
    assert [escape_markdown("e_5.png") in error.value for error in app.error] == [True]
    assert app.dataframe[0].value["Class"].tolist()[0] == "sky"


def test_counts_that_cannot_be_read_leave_the_rest_of_the_page(prepared, monkeypatch):
    def broken(samples):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(store.Samples, "class_pixels", broken)
    app = open_page(dataset="camvid", **{"class": "sky"})
    assert not app.exception
    assert app.error
    assert "secret detail" not in app.error[0].value
    assert ["sky" in info.value and "class counts" in info.value for info in app.info] == [True]
    assert len(app.dataframe) == 1
