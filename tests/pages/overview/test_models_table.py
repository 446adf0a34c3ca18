"""The table of all models, and the measurement of their latencies."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from configs import paths
from configs.errors import UserError
from configs.files import sha256
from data import datasets
from models.inference import benchmarks
from pages.shared.content import loaded_models
from pages.shared.content.model_table import SPEED
from pages.shared.ui.layout import escape_markdown
from tests.pages import scored
from tests.pages.app import has_no_messages, start


def test_overview_lists_all_models(runs):
    app = start()
    assert has_no_messages(app)
    table = app.dataframe[0].value
    assert {"tiny_pets", "tiny_street"} <= set(table["Model"])
    row = table.set_index("Model").loc["tiny_pets"]
    assert (row["Dataset"], row["Network"], row["Input"]) == ("Oxford-IIIT Pet", "unet", "32 × 48")
    assert row["Size (MB)"] == pytest.approx((runs / "tiny_pets" / "model.weights.h5").stat().st_size / 1e6)
    assert np.isnan(row["mIoU"])
    assert app.button[0].label == "Compare models on a picture"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"val": 3}', '{"val": {"miou": "high"}}'])
def test_overview_ignores_a_damaged_evaluation(runs, no_models, content):
    run = shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    (run / "evaluation.json").write_text(content)
    app = start()
    assert has_no_messages(app)
    assert np.isnan(app.dataframe[0].value.iloc[0]["mIoU"])


def test_a_local_run_with_the_name_of_a_published_one_is_renamed(runs, no_models, own_cache):
    published = shutil.copytree(runs / "tiny_pets", no_models.parent / "zoo" / "tiny_pets")
    files = [path for path in published.iterdir() if path.is_file()]
    (published / "SHA256SUMS").write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))
    shutil.copytree(runs / "tiny_pets", no_models / "tiny_pets")
    own_cache.mkdir()
    times = {"milliseconds": {"OpenVINO float32": {"median": 12.5}}}
    content = {"machine": {"cpu": "Fast", "cores": 2}, "models": {"tiny_pets": times}}
    (own_cache / "benchmark.json").write_text(json.dumps(content))
    app = start()
    assert has_no_messages(app)
    table = app.dataframe[0].value.set_index("Model")
    assert table["State"].to_dict() == {"tiny_pets": "Published", "tiny_pets (local)": "Trained here"}
    assert table[SPEED].dropna().to_dict() == {"tiny_pets": 12.5}, "the benchmark is of the published run"


def test_the_miou_over_a_subset_is_shown_with_its_classes(no_models):
    val = scored.evaluation(datasets.get("voc2012").label_space, 0.3, 4) | {"subsets": {"common": 0.625}}
    scored.make(no_models / "voc", "voc_mobilenetv2_pix2pix.yaml", epochs=1, scores={"val": val})
    scored.make(no_models / "pets", epochs=1)
    (caption,) = [caption.value for caption in start().caption if "mIoU" in caption.value]
    assert caption.startswith("voc: mIoU 0.625 on val")
    assert "7 classes" in caption
    assert "“common”" in caption
    names = ("background", "cat", "cow", "dog", "horse", "person", "sheep")
    assert caption.endswith(f": {', '.join(names)}.")


@pytest.mark.parametrize("content", [None, "{", json.dumps({"models": {}, "machine": {"cpu": "Slow", "cores": 1}})])
def test_an_unmeasured_latency_is_missing_and_can_be_measured(runs, own_cache, content):
    if content is not None:
        own_cache.mkdir()
        (own_cache / "benchmark.json").write_text(content)
    app = start()
    assert has_no_messages(app)
    assert app.dataframe[0].value[SPEED].isna().all()
    assert speed_button(app).label == "Measure speed here"


def speed_button(app):
    return app.button(key="measure_speed")


@pytest.fixture
def two_models(runs, no_models, own_cache):
    for name in ("tiny_pets", "tiny_street"):
        shutil.copytree(runs / name, no_models / name)


def test_the_button_measures_the_latencies_of_the_table(two_models, monkeypatch):
    measured = []

    def measure(predictor):
        measured.append(predictor.run.name)
        milliseconds = {"OpenVINO float32": {"median": 10.0 + len(measured)}}
        benchmarks.record(predictor.run.name, {"precision": "float32", "milliseconds": milliseconds})
        return 10.0 + len(measured)

    monkeypatch.setattr(benchmarks, "measure_here", measure)
    monkeypatch.setattr(loaded_models, "predictor", lambda run: SimpleNamespace(run=run))
    app = start()
    speed_button(app).click().run()
    assert has_no_messages(app)
    assert measured == ["tiny_pets", "tiny_street"]
    assert app.dataframe[0].value.set_index("Model")[SPEED].to_dict() == {"tiny_pets": 11, "tiny_street": 12}
    assert speed_button(app).label == "Measure speed again"
    app.run()
    assert len(measured) == 2, "only a click starts measuring"
    speed_button(app).click().run()
    assert app.dataframe[0].value.set_index("Model")[SPEED].to_dict() == {"tiny_pets": 13, "tiny_street": 14}
    app.switch_page("pages/5_Models.py").run()
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown[SPEED] == "13.0", "the same latency as in the table"


def test_a_model_that_cannot_be_measured_is_named_and_the_others_are_measured(two_models, monkeypatch):
    def measure(predictor):
        benchmarks.record(predictor.run.name, {"milliseconds": {"OpenVINO float32": {"median": 9.0}}})
        return 9.0

    def predictor(run):
        if run.name == "tiny_pets":
            raise UserError("tiny_pets is damaged")
        return SimpleNamespace(run=run)

    monkeypatch.setattr(benchmarks, "measure_here", measure)
    monkeypatch.setattr(loaded_models, "predictor", predictor)
    app = start()
    speed_button(app).click().run()
    assert not app.exception
    assert [error.value for error in app.error] == [escape_markdown("tiny_pets is damaged")]
    speeds = app.dataframe[0].value.set_index("Model")[SPEED]
    assert speeds.dropna().to_dict() == {"tiny_street": 9}
    assert speed_button(app).label == "Measure speed here"


def test_a_latency_measured_here_is_shown(runs, no_models, own_cache):
    for name in ("tiny_pets", "tiny_street"):
        shutil.copytree(runs / name, no_models / name)
    times = {"OpenVINO float32": {"median": 12.5}, "model.predict": {"median": 99.0}}
    own_cache.mkdir()
    content = {"machine": {"cpu": "Fast", "cores": 2}, "models": {"tiny_pets": {"milliseconds": times}}}
    (paths.cache_dir() / "benchmark.json").write_text(json.dumps(content))
    app = start()
    assert has_no_messages(app)
    shown = app.dataframe[0].value.set_index("Model")[SPEED]
    assert shown["tiny_pets"] == 12.5
    assert np.isnan(shown["tiny_street"])
    assert speed_button(app).label == "Measure speed here", "one model is left"
    help_text = json.loads(app.dataframe[0].proto.columns)[SPEED]["help"]
    assert "Fast, 2 cores" in help_text
