"""Several pictures at a time, in order."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.inference import parallel
from models.inference.predictor import RunPredictor

RNG = np.random.default_rng(3)
PICTURES = [RNG.integers(0, 256, (40 + number, 60, 3), np.uint8) for number in range(12)]


@pytest.mark.parametrize("precision", ["float32", "auto"])
def test_a_network_for_several_pictures_at_a_time_gives_the_same_labels(tiny, precision):
    alone, several = (RunPredictor.load(tiny, precision, streams) for streams in (1, 3))
    assert alone.engine == several.engine
    expected = [alone.predict(picture).labels for picture in PICTURES]
    assert any(len(np.unique(labels)) > 1 for labels in expected), "a constant prediction proves nothing"
    found = parallel.in_order(lambda picture: several.predict(picture).labels, PICTURES, 4)
    for labels, one in zip(found, expected, strict=True):
        np.testing.assert_array_equal(labels, one)


def test_as_many_work_at_a_time_as_there_are_threads():
    together = threading.Barrier(3, timeout=30)  # three have to meet here, or it breaks
    assert list(parallel.in_order(lambda number: (together.wait(), number)[1], range(9), 3)) == list(range(9))


def test_little_is_taken_ahead():
    taken = []

    def numbers() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = parallel.in_order(abs, numbers(), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    assert len(taken) <= 8
    results.close()
    assert len(taken) <= 8


def test_after_an_error_nothing_new_begins():
    begun = []

    def fail(number: int) -> int:
        begun.append(number)
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        list(parallel.in_order(fail, range(1000), 2))
    assert len(begun) <= 8


@pytest.mark.parametrize(
    ("cores", "pictures", "expected"),
    [(2, 1, (1, 1)), (2, 7, (1, 3)), (2, 8, (3, 4)), (1, 100, (2, 3)), (16, 100, (4, 8)), (16, 3, (1, 3))],
)
def test_a_network_computes_several_pictures_at_a_time_where_there_are_enough(monkeypatch, cores, pictures, expected):
    monkeypatch.setattr(parallel, "cores", lambda: cores)
    assert (parallel.streams(pictures), parallel.threads(pictures)) == expected


@pytest.mark.parametrize(("cores", "expected"), [(1, 1), (2, 2), (16, 4)])
def test_a_network_computes_a_frame_on_each_core(monkeypatch, cores, expected):
    monkeypatch.setattr(parallel, "cores", lambda: cores)
    assert parallel.clip_streams() == expected


def test_the_cores_are_those_that_the_process_may_use():
    listed = Path("/proc/self/status")
    if not listed.exists():
        pytest.skip("only Linux lists them there")
    allowed = next(line for line in listed.read_text().splitlines() if line.startswith("Cpus_allowed:"))
    assert parallel.cores() == int(allowed.split(":")[1].replace(",", ""), 16).bit_count()
