"""Scored models: of VOC, and of pets."""

from pathlib import Path

import pytest

from data import datasets
from pages.shared.content.scores import Scores
from tests.pages import scored

ABSENT = ("boat", "sofa")
"""Classes that the truth does not show."""
PETS, VOC = datasets.get("oxford_iiit_pet").label_space, datasets.get("voc2012").label_space


@pytest.fixture(scope="session")
def two(tmp_path_factory) -> list[Scores]:
    """Return the scores of a good and a bad model of VOC on the same 30 drawn images."""
    return scored.two_models(tmp_path_factory.mktemp("runs"), ABSENT)


@pytest.fixture
def scores(no_models) -> Path:
    """Write three scored runs: two of VOC without boats, one of pets."""
    for name, errors in [("good", 0.2), ("bad", 0.5)]:
        val = scored.evaluation(VOC, errors, 30, ["boat"])
        scored.make(no_models / name, "voc_mobilenetv2_pix2pix.yaml", epochs=1, scores={"val": val})
    pets = {"val": scored.evaluation(PETS, 0.3), "test": scored.evaluation(PETS, 0.4)}
    scored.make(no_models / "pets", epochs=1, scores=pets)
    return no_models
