"""Two tiny networks whose classes differ, ready to predict."""

import pytest

from models.inference.predictor import RunPredictor


@pytest.fixture(scope="session")
def predictors(tiny, tiny_void, cache) -> list[RunPredictor]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGDECK_CACHE", str(cache))
        return [RunPredictor.load(tiny), RunPredictor.load(tiny_void)]
