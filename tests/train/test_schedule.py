import math
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.schema import Cosine, CosineRestarts, Experiment, Train
from configs.schema import Plateau as PlateauConfig
from train.schedule import Plateau, learning_rate

COSINE = Cosine(kind="cosine", warmup_epochs=2.0, final=0.1)
RESTARTS = CosineRestarts(kind="cosine_restarts", warmup_epochs=2.0, final=0.1, restarts=[4, 6])
PLATEAU = PlateauConfig(kind="plateau", warmup_epochs=2.0, factor=0.5, patience=2)


@pytest.fixture(scope="module")
def train(tiny: Callable[..., Experiment]) -> Train:
    """Return a ``train`` of ten epochs with a learning rate of 1."""
    return tiny("train.epochs=10", "train.learning_rate=1.0").train


def rate(train: Train, schedule: Cosine | CosineRestarts | PlateauConfig, progress: float, drops: int = 0) -> float:
    return learning_rate(train.model_copy(update={"schedule": schedule}), progress, drops)


@pytest.mark.parametrize(
    ("schedule", "progress", "drops", "expected"),
    [
        (COSINE, 0.0, 0, 0.0005),
        (COSINE, 1.0, 0, 0.5),
        (COSINE, 2.0, 0, 1.0),
        (COSINE, 6.0, 0, 0.55),  # halfway between 1 and 0.1
        (COSINE, 10.0, 0, 0.1),
        (COSINE, 12.0, 0, 0.1),
        (RESTARTS, 1.0, 0, 0.5),
        (RESTARTS, 3.0, 0, 0.55),  # halfway from the warm-up to the first restart
        (RESTARTS, 3.999, 0, 0.1),
        (RESTARTS, 4.0, 0, 1.0),
        (RESTARTS, 5.0, 0, 0.55),
        (RESTARTS, 6.0, 0, 1.0),
        (RESTARTS, 8.0, 0, 0.55),
        (RESTARTS, 10.0, 0, 0.1),
        (RESTARTS, 12.0, 0, 0.1),
        (PLATEAU, 1.0, 0, 0.5),
        (PLATEAU, 2.0, 0, 1.0),
        (PLATEAU, 9.9, 0, 1.0),
        (PLATEAU, 5.0, 1, 0.5),
        (PLATEAU, 5.0, 3, 0.125),
        (COSINE.model_copy(update={"warmup_epochs": 0.0}), 0.0, 0, 1.0),
        (COSINE.model_copy(update={"warmup_epochs": 10.0}), 10.0, 0, 1.0),
        (PLATEAU.model_copy(update={"warmup_epochs": 0.0}), 0.0, 0, 1.0),
    ],
)
def test_learning_rate(train, schedule, progress, drops, expected):
    assert rate(train, schedule, progress, drops) == pytest.approx(expected, rel=2e-3)


SCHEDULES = st.one_of(
    st.builds(Cosine, kind=st.just("cosine"), warmup_epochs=st.floats(0, 20), final=st.floats(1e-3, 1)),
    st.builds(
        PlateauConfig,
        kind=st.just("plateau"),
        warmup_epochs=st.floats(0, 20),
        factor=st.floats(0.1, 0.9),
        patience=st.just(1),
    ),
)


RESTARTING = st.builds(
    CosineRestarts,
    kind=st.just("cosine_restarts"),
    warmup_epochs=st.floats(0, 2),
    final=st.floats(1e-3, 1),
    restarts=st.lists(st.integers(3, 9), min_size=1, unique=True).map(sorted),
)


@given(schedule=SCHEDULES | RESTARTING, progress=st.floats(0, 12), drops=st.integers(0, 5))
def test_it_is_positive_and_never_above_the_highest(train, schedule, progress, drops):
    assert 0 < rate(train, schedule, progress, drops) <= 1 + 1e-9


@given(schedule=SCHEDULES, progress=st.floats(0, 12), step=st.floats(1e-3, 2))
def test_it_rises_in_the_warm_up_and_never_afterwards(train, schedule, progress, step):
    now, later = rate(train, schedule, progress), rate(train, schedule, progress + step)
    if progress + step < schedule.warmup_epochs:
        assert now < later
    elif progress >= schedule.warmup_epochs:
        assert now >= later


@given(schedule=RESTARTING, where=st.floats(0, 1))
def test_every_cycle_is_a_separate_cosine(train, schedule, where):
    whole = Cosine(kind="cosine", warmup_epochs=0.0, final=schedule.final)
    expected = rate(train, whole, where * train.epochs)
    for start, end in pairwise([schedule.warmup_epochs, *schedule.restarts, train.epochs]):
        progress = min(start + where * (end - start), math.nextafter(end, 0))
        assert rate(train, schedule, progress) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("mious", "drops"),
    [
        ([0.1, 0.2, 0.3, 0.4], 0),
        ([0.1, 0.1], 0),
        ([0.1, 0.1, 0.1], 1),
        ([0.1, 0.05, 0.2, 0.2, 0.3], 0),  # every improvement resets the count
        ([0.3, 0.1, 0.2, 0.25, 0.29], 2),  # below the best is not an improvement
        ([0.3] * 8, 3),
    ],
)
def test_a_plateau_drops_after_patience_epochs_without_improvement(mious, drops):
    plateau = Plateau()
    for miou in mious:
        plateau.observe(miou, patience=2)
    assert plateau.drops == drops
    assert plateau.best == max(mious)
