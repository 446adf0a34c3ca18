"""Scored models: of VOC, and of pets."""

from pathlib import Path

import pytest

from data import datasets
from pages.shared.content.scores import Scores
from tests.pages import scored

SHARED = {"pet": ("cat", "dog"), "background": ("background", "boat", "sofa")}
"""Classes that a model of pets shares with VOC, with those of VOC."""
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


@pytest.fixture
def shared_scores(scores) -> Path:
    """Write two more runs of pets, which are scored on VOC, too; the first better than any in all classes of VOC."""
    for name, errors, share in [("pets_a", 0.05, 0.9), ("pets_b", 0.4, 0.8)]:
        on_voc = scored.evaluation_in_shared_classes(SHARED, "voc2012", errors, share=share)
        scored.make(scores / name, epochs=1, scores={"val": scored.evaluation(PETS, errors), "voc2012/val": on_voc})
    return scores
