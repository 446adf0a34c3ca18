"""The entry page without a browser: the way to each page and dataset, and to masks on one's own picture."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from configs import paths
from configs.errors import UserError
from configs.files import sha256
from configs.paths import ROOT
from data import datasets
from models.inference import benchmarks
from pages.overview import page
from pages.shared.content import predictions
from pages.shared.content.model_table import SPEED
from pages.shared.ui.layout import escape_markdown, pages
from tests.pages import scored
from tests.pages.test_pages import panels, png


def start():
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300).run()


def quiet(app):
    return not (app.exception or app.error or app.warning)


def links(app):
    return [(link.proto.label, link.proto.query_string) for link in app.get("page_link")]


def test_every_dataset_has_a_card_with_its_models(runs, no_models):
    shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    app = start()
    assert quiet(app)
    titles = [heading.value for heading in app.subheader]
    assert titles == [escape_markdown(datasets.get(name).title) for name in datasets.names()]
    assert {("Look at it", f"dataset={name}") for name in datasets.names()} <= set(links(app))
    assert [link for link in links(app) if link[0] == "Compare its models"] == [
        ("Compare its models", "models=tiny_pets")
    ]
    told = [text.value for text in app.markdown]
    assert escape_markdown("1 model: tiny_pets") in told
    assert told.count("No model was trained on it yet.") == len(datasets.names()) - 1
    captions = [caption.value for caption in app.caption]
    assert {f"Licence: {escape_markdown(datasets.get(name).licence)}" for name in datasets.names()} <= set(captions)


def test_a_local_run_of_a_published_name_has_a_name_of_its_own(runs, no_models, own_cache):
    published = shutil.copytree(runs / "tiny_pets", no_models.parent / "zoo" / "tiny_pets")
    files = [path for path in published.iterdir() if path.is_file()]
    (published / "SHA256SUMS").write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))
    shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    own_cache.mkdir()
    times = {"milliseconds": {"OpenVINO float32": {"median": 12.5}}}
    content = {"machine": {"cpu": "Fast", "cores": 2}, "models": {"tiny_pets": times}}
    (own_cache / "benchmark.json").write_text(json.dumps(content))
    app = start()
    assert quiet(app)
    table = app.dataframe[0].value.set_index("Model")
    assert table["State"].to_dict() == {"tiny_pets": "Published", "tiny_pets (local)": "Trained here"}
    assert table[SPEED].dropna().to_dict() == {"tiny_pets": 12.5}, "the benchmark measures the published one"


def test_a_mean_over_fewer_classes_is_told_with_its_classes(no_models):
    val = scored.evaluation(datasets.get("voc2012").label_space, 0.3, 4) | {"subsets": {"common": 0.625}}
    scored.make(no_models / "voc", "voc_mobilenetv2_pix2pix.yaml", epochs=1, scores={"val": val})
    scored.make(no_models / "pets", epochs=1)
    told = [caption.value for caption in start().caption if "mIoU" in caption.value]
    assert [text.partition(", which")[0] for text in told] == ["voc: mIoU 0.625 on val over its 7 classes “common”"]
    assert "background, cat, cow, dog, horse, person, sheep" in told[0]


def test_every_page_but_this_one_is_explained_and_linked(runs):
    titles = [title for _, title in pages() if title != "Overview"]
    assert set(titles) <= set(page.PURPOSES)
    app = start()
    assert [label for label, _ in links(app)][-len(titles) :] == [f"**{title}**" for title in titles]


def test_an_own_picture_leads_to_its_masks(runs, no_models):
    shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    app = start()
    app.file_uploader[0].set_value([("mine.png", png(), "image/png")]).run()
    app.run()
    assert quiet(app)
    assert list(panels(app)) == ["tiny_pets"]
    assert panels(app)["tiny_pets"]["height"] == 40
    app.switch_page("streamlit_app.py").run()
    assert app.title[0].value.startswith("See what"), "only an upload leads away"


@pytest.mark.parametrize("content", [None, "{", json.dumps({"models": {}, "machine": {"cpu": "Slow", "cores": 1}})])
def test_a_speed_that_was_not_measured_is_missing_and_can_be_measured(runs, own_cache, content):
    if content is not None:
        own_cache.mkdir()
        (own_cache / "benchmark.json").write_text(content)
    app = start()
    assert quiet(app)
    assert app.dataframe[0].value[SPEED].isna().all()
    assert speed_button(app).label == "Measure speed here"


def speed_button(app):
    return app.button(key="measure_speed")


@pytest.fixture
def two_models(runs, no_models, own_cache):
    for name in ("tiny_pets", "tiny_street"):
        shutil.copytree(runs / name, no_models / name)


def test_the_button_measures_and_the_table_shows_it(two_models, monkeypatch):
    asked = []

    def measure(predictor):
        asked.append(predictor.run.name)
        milliseconds = {"OpenVINO float32": {"median": 10.0 + len(asked)}}
        benchmarks.record(predictor.run.name, {"precision": "float32", "milliseconds": milliseconds})
        return 10.0 + len(asked)

    monkeypatch.setattr(benchmarks, "measure_here", measure)
    monkeypatch.setattr(predictions, "predictor", lambda run: SimpleNamespace(run=run))
    app = start()
    speed_button(app).click().run()
    assert quiet(app)
    assert asked == ["tiny_pets", "tiny_street"]
    assert app.dataframe[0].value.set_index("Model")[SPEED].to_dict() == {"tiny_pets": 11, "tiny_street": 12}
    assert speed_button(app).label == "Measure speed again"
    app.run()
    assert len(asked) == 2, "only a click measures"
    speed_button(app).click().run()
    assert app.dataframe[0].value.set_index("Model")[SPEED].to_dict() == {"tiny_pets": 13, "tiny_street": 14}
    app.switch_page("pages/5_Models.py").run()
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown[SPEED] == "13.0", "the same figure wherever it is shown"


def test_a_model_that_cannot_be_measured_is_named_and_the_others_are(two_models, monkeypatch):
    def measure(predictor):
        benchmarks.record(predictor.run.name, {"milliseconds": {"OpenVINO float32": {"median": 9.0}}})
        return 9.0

    def predictor(run):
        if run.name == "tiny_pets":
            raise UserError("tiny_pets is damaged")
        return SimpleNamespace(run=run)

    monkeypatch.setattr(benchmarks, "measure_here", measure)
    monkeypatch.setattr(predictions, "predictor", predictor)
    app = start()
    speed_button(app).click().run()
    assert not app.exception
    assert [error.value for error in app.error] == [escape_markdown("tiny_pets is damaged")]
    speeds = app.dataframe[0].value.set_index("Model")[SPEED]
    assert speeds.dropna().to_dict() == {"tiny_street": 9}
    assert speed_button(app).label == "Measure speed here"


def test_a_speed_that_was_measured_here_is_shown(runs, no_models, own_cache):
    for name in ("tiny_pets", "tiny_street"):
        shutil.copytree(runs / name, no_models / name)
    times = {"OpenVINO float32": {"median": 12.5}, "model.predict": {"median": 99.0}}
    own_cache.mkdir()
    content = {"machine": {"cpu": "Fast", "cores": 2}, "models": {"tiny_pets": {"milliseconds": times}}}
    (paths.cache_dir() / "benchmark.json").write_text(json.dumps(content))
    app = start()
    assert quiet(app)
    shown = app.dataframe[0].value.set_index("Model")[SPEED]
    assert shown["tiny_pets"] == 12.5
    assert np.isnan(shown["tiny_street"])
    assert speed_button(app).label == "Measure speed here", "there is one left"
    help_text = json.loads(app.dataframe[0].proto.columns)[SPEED]["help"]
    assert "Fast, 2 cores" in help_text
