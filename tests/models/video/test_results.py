import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from configs.errors import UserError
from data import datasets
from models.runs.familiarity import Verdict
from models.video import results
from models.video.figures import Figures, Tables
from models.video.process import process
from tests import clips
from tests.facts import facts


@pytest.fixture(scope="module")
def folder(predictors, tmp_path_factory):
    base = tmp_path_factory.mktemp("results")
    process(clips.write(base / "clip.mp4", clips.pictures(6)), predictors, base / "out")
    return base / "out"


def test_a_summary_comes_back_as_it_was_written(folder):
    summary = results.load(folder)
    assert results.dump(summary) == (folder / "summary.json").read_text()
    assert summary.clip.size == (64, 96)
    assert [model.name for model in summary.models] == ["tiny", "tiny_void"]
    assert summary.models[0].least_steady[0].frame in range(1, 6)


def test_curves_have_a_value_for_every_frame(folder):
    summary = results.load(folder)
    for measure in ("consistency", "flicker", "compared"):
        curves = results.steadiness(folder, measure)
        assert list(curves) == ["tiny", "tiny_void"]
        for times, values in curves.values():
            assert times == pytest.approx(np.arange(6) / 30, abs=1e-6)
            assert np.isnan(values[0])
            assert ((values[1:] >= 0) & (values[1:] <= 1)).all()
    worst = summary.models[1].least_steady[0]
    assert results.steadiness(folder, "consistency")["tiny_void"][1][worst.frame] == worst.consistency
    (pair,) = results.agreements(folder)
    assert pair == ("tiny", "tiny_void")


def test_shares_are_those_of_the_models_own_classes(folder, predictors):
    for predictor in predictors:
        times, shares = results.shares(folder, predictor.model.name)
        space = predictor.label_space
        assert list(shares) == [space.names[index] for index in space.scored]
        assert sum(shares.values()) == pytest.approx(np.ones(6), abs=1e-4)
        assert len(times) == 6


def test_one_model_agrees_with_nobody(predictors, tmp_path):
    process(clips.write(tmp_path / "clip.mp4", clips.pictures(2)), predictors[:1], tmp_path / "out")
    assert results.agreements(tmp_path / "out") == {}
    assert results.load(tmp_path / "out").agreement == ()


@pytest.mark.parametrize(
    ("content", "words"), [("{", ["summary.json"]), ('{"clip": 1}', ["clip"]), (None, ["summary.json", "No such file"])]
)
def test_other_files_are_refused(tmp_path, content, words):
    if content is not None:
        (tmp_path / "summary.json").write_text(content)
    with pytest.raises(UserError, match=facts(*words)):
        results.load(tmp_path)


def test_another_format_is_refused(folder, tmp_path):
    content = json.loads((folder / "summary.json").read_text()) | {"format": 2}
    (tmp_path / "summary.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=facts(2, 1)):
        results.load(tmp_path)
    with pytest.raises(UserError, match=facts("temporal.csv")):
        results.steadiness(tmp_path, "flicker")


def test_models_with_names_of_digits_or_like_formulas_keep_them(tmp_path):
    space = datasets.get("oxford_iiit_pet").label_space
    models: list[Any] = [SimpleNamespace(name=name, label_space=space) for name in ("12", "=1+1")]
    tables = Tables(models)
    figures = Figures((np.full(len(space), 0.25),) * 2, None, 0, ((0.5, 1.0),))
    lines = tables.lines(0, -0.5, figures, (Verdict(1.5, 1.0, 0.05), None))
    for name, header in tables.headers().items():
        (tmp_path / name).write_text(header + lines[name])
    assert ",'=1+1," in (tmp_path / "shares.csv").read_text()
    assert list(results.steadiness(tmp_path, "consistency")) == ["12", "=1+1"]
    assert list(results.agreements(tmp_path)) == [("12", "=1+1")]
    times, shares = results.shares(tmp_path, "12")
    assert times.tolist() == [-0.5]
    assert list(shares) == [space.names[index] for index in space.scored]
