"""The scores of a published model in another precision."""

import re
import shutil

import pytest

from configs.errors import UserError
from models.runs import int8_rest, registry, weights
from models.runs.int8_rest import Int8Rest, Measured
from models.runs.model import file_digest
from models.runs.run import Run
from tests.models import int8
from train.evaluation import scoring
from train.publishing import model_card, precisions
from train.publishing.publish import publish


def score(view: Run, miou: float, digest: str | None = None) -> None:
    """Leave scores of a published run in a precision where evaluating it does."""
    own = view.in_precision(None).evaluation()
    assert own is not None
    scores = own.splits["val"].model_copy(
        update={"miou": miou, "weights": digest or view.digest(), "engine": "OpenVINO int8"}
    )
    view.scores_file.parent.mkdir(parents=True, exist_ok=True)
    scoring.write(view.scores_file, own.including("val", scores, view.precision))


@pytest.fixture
def view(published, tmp_path, monkeypatch) -> Run:
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path / "runs"))
    view = int8.quantised(published)
    weights.renew_checksums(published.path, published.quantisation.name, published.calibration_images.name)
    return view


def test_they_join_the_others_in_its_evaluation_and_card(published, view):
    before = published.evaluation().splits
    score(view, 0.1234)
    precisions.add_scores(published, "int8")
    weights.verify(published.path)
    assert published.evaluation().splits == before
    assert view.scores("val").miou == 0.1234
    (row,) = [line for line in published.card.splitlines() if line.startswith("| int8 |")]
    assert "0.1234" in row
    assert f"{0.1234 - before['val'].miou:+.4f}" in row
    assert not model_card.renew(published)


def test_the_card_tells_both_scores_if_the_rest_is_computed_in_bfloat16(published, view):
    score(view, 0.1234)
    precisions.add_scores(published, "int8")
    before = published.card
    rest = choose_bfloat16(published)
    weights.renew_checksums(published.path, int8_rest.file_of(published).name)
    assert model_card.renew(published)
    added = set(re.findall(r"0\.\d{4}", published.card)) - set(re.findall(r"0\.\d{4}", before))
    assert added == {f"{rest.bfloat16.miou}"}
    weights.verify(published.path)


def choose_bfloat16(run: Run) -> Int8Rest:
    """Write that bfloat16 was chosen for the rest of a run's int8 network."""
    both = {"float32": Measured(miou=0.1234), "bfloat16": Measured(miou=0.1239)}
    digest = file_digest(run.quantisation)
    found = Int8Rest(rest="bfloat16", quantisation=digest, split="val", pictures=3, cpu="some", **both)
    int8_rest.write(run, found)
    return found


@pytest.mark.parametrize("digest", [None, "0" * 64])
def test_scores_of_something_else_are_refused(published, view, digest):
    if digest:
        score(view, 0.5, digest)
    before = {file: file.read_bytes() for file in published.path.iterdir() if file.is_file()}
    with pytest.raises(UserError, match=r"first\.json .*train\.evaluate first --precision int8"):
        precisions.add_scores(published, "int8")
    assert {file: file.read_bytes() for file in published.path.iterdir() if file.is_file()} == before


def test_a_damaged_folder_is_refused(published, view):
    score(view, 0.5)
    published.quantisation.write_bytes(b"PK")
    with pytest.raises(UserError, match=r"int8\.npz is damaged"):
        precisions.add_scores(published, "int8")


def test_a_run_is_published_with_its_int8_network_and_scores(finished, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("SEGDECK_CACHE", str(cache))
    monkeypatch.setattr("configs.paths.zoo_dir", lambda: tmp_path / "zoo")
    run = Run(shutil.copytree(finished.path, tmp_path / "runs" / "first"), published=False)
    view = int8.quantised(run)
    evaluation = run.evaluation()
    assert evaluation is not None
    scores = evaluation.splits["val"].model_copy(update={"weights": view.digest(), "miou": 0.25})
    scoring.write(run.path / "evaluation.json", evaluation.including("val", scores, "int8"))
    choose_bfloat16(run)
    publish(run, "first")
    published = registry.find("first · int8")
    assert int8_rest.chosen(registry.find_run("first")) == "bfloat16"
    assert published.digest() == view.digest()
    assert [one.miou for one in [published.scores("val")] if one] == [0.25]
    weights.verify(published.path)
    run.quantisation.write_bytes(run.quantisation.read_bytes() + b" ")
    with pytest.raises(UserError, match="scores of first · int8 with other weights"):
        publish(run, "first")
