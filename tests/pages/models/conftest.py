"""A model with scores, and one without."""

import pytest

from data import datasets
from models.runs.run import Run
from tests.pages import scored

VOC = datasets.get("voc2012").label_space


@pytest.fixture
def scored_run(no_models) -> Run:
    """Write a scored run of VOC without boats, and an unscored one of pets."""
    val = scored.evaluation(VOC, 0.3, 8, ["boat"])
    counts = [{"name": VOC.names[ident], "pictures": ident, "pixels": 10 * ident} for ident in VOC.scored]
    val |= {"training": {"pictures": 99, "classes": counts}, "subsets": {"common": 0.625}}
    scored.make(no_models / "pets", epochs=1)
    return scored.make(no_models / "voc", "voc_mobilenetv2_pix2pix.yaml", epochs=1, scores={"val": val})
