"""Runs of one config with several seeds, on the page."""

import pytest

from models.runs import registry
from pages.evaluation import seeds
from pages.shared.content.run_names import runs_by_name
from pages.shared.content.scores import read
from tests.pages import scored
from tests.pages.app import has_no_messages
from tests.pages.evaluation.conftest import PETS
from tests.pages.evaluation.evaluation_page import evaluation


@pytest.fixture
def seeded(no_models):
    """Write three runs of one config with two seeds, and one of another config."""
    for name, errors, changes in [
        ("a-1", 0.30, ["train.seed=1"]),
        ("a-2", 0.33, ["train.seed=2"]),
        ("a-2-again", 0.36, ["train.seed=2"]),
        ("b", 0.31, ["train.batch_size=3"]),
    ]:
        scores = {"val": scored.evaluation(PETS, errors)}
        scored.make(no_models / name.replace("-", "_"), "pets_unet.yaml", changes, epochs=1, scores=scores)
    return no_models


def test_configs_with_several_seeds_have_a_table_below_the_leaderboard(seeded):
    app = evaluation(dataset="oxford_iiit_pet", split="val")
    assert has_no_messages(app)
    board = app.dataframe[0].value.set_index("Model")["mIoU"]
    assert len(board) == 4
    row = app.dataframe[1].value.iloc[0]
    values = [board["a_1"], (board["a_2"] + board["a_2_again"]) / 2]
    assert len(app.dataframe[1].value) == 1
    assert row["Seeds"] == 2
    assert "a_1, a_2, a_2_again" in row["Config"]
    assert row["mIoU"] == pytest.approx(sum(values) / 2)
    assert row["± sd"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5)
    assert (row["Lowest"], row["Highest"]) == pytest.approx((min(values), max(values)))


def test_single_runs_and_other_images_are_no_seeds_of_a_config(seeded):
    found, _ = read(runs_by_name(registry.models()))
    (spreads,) = seeds.spreads_of(found).values()
    assert sorted(len(one.values) for one in spreads) == [1, 2]
    (seeded / "a_1" / "evaluation.json").write_text(
        (seeded / "a_1" / "evaluation.json").read_text().replace('"digest": "', '"digest": "f')
    )
    found, _ = read(runs_by_name(registry.models()))
    by_images = seeds.spreads_of(found).values()
    assert sorted([len(one.values) for one in spreads] for spreads in by_images) == [[1], [1, 1]]


def test_without_seeds_there_is_no_table(scores):
    app = evaluation(dataset="voc2012")
    assert not any(heading.value == "Seeds" for heading in app.subheader)
