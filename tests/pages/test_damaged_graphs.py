"""Pages and commands on models whose exported networks are damaged in the cache."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from PIL import Image

from configs.paths import ROOT
from models.inference import export
from models.runs.run import Run
from pages.shared.content import loaded_models
from tests.damage import damaged, own_cache
from tests.pages.app import has_no_messages, model_panels
from tests.pages.compare.compare_page import compare
from tests.pages.models.models_page import metrics, models_page


@pytest.fixture
def graphs(runs, tmp_path, monkeypatch) -> Iterator[Path]:
    """Return the exported network of a model in a cache of this test; exporting it again only copies it."""
    good = export.exported(Run(runs / "tiny_pets", published=False))
    folder = own_cache(good, tmp_path / "cache")
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(export, "_run_child", lambda name, run, out, *_: shutil.copytree(good, out))
    forget()
    yield folder
    forget()


def forget() -> None:
    """Clear what pages have cached: this test's predictions are in another precision than others expect."""
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.mark.parametrize(
    "damage",
    ["float32.xml, cut off", "float32.bin, cut off", "float32.bin, emptied", "float32.xml, garbage", "folder deleted"],
)
def test_pages_need_no_help(graphs, monkeypatch, damage):
    damaged(graphs, damage)
    app = models_page(model="tiny_pets")
    assert has_no_messages(app)
    assert metrics(app)["GMACs"] == "–", "known as soon as it is exported again"
    app = models_page(model="tiny_pets", view="Layers")
    assert has_no_messages(app)
    assert len(app.dataframe[0].value) > 5
    damaged(graphs, damage)
    monkeypatch.setattr(loaded_models, "usual_precision", lambda _: "float32")
    app = compare(models="tiny_pets", sample="chelsea")
    assert has_no_messages(app)
    assert set(model_panels(app)) == {"tiny_pets"}
    damaged(graphs, damage)  # it is loaded, and needs them no more
    app = compare(models="tiny_pets", sample="coffee")
    assert has_no_messages(app)
    assert set(model_panels(app)) == {"tiny_pets"}


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["float32.xml, garbage", "float32.bin, cut off", "folder emptied"])
def test_the_command_line_needs_no_help(runs, tmp_path, monkeypatch, damage):
    run = Run(runs / "tiny_pets", published=False)
    good = export.exported(run)
    graphs = own_cache(good, tmp_path / "cache")
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    damaged(graphs, damage)
    Image.new("RGB", (60, 40)).save(tmp_path / "one.png")
    words = ["--model", run.path, "--input", tmp_path / "one.png", "--output", tmp_path / "out"]
    command = [sys.executable, "-m", "models.predict", "--precision", "float32", *map(str, words)]
    subprocess.run(command, cwd=ROOT, check=True)
    assert (tmp_path / "out" / "one.png").is_file()
    assert (graphs / "float32.bin").read_bytes() == (good / "float32.bin").read_bytes()
