"""Rates and delays from the numbers that a page noted."""

import random
import statistics

import pytest

from configs.errors import UserError
from tests.facts import facts
from tools.compare_webrtc import LOOP
from tools.webrtc.summary import Measured, camera_times

ORIGIN = 1_700_000_000_000.0


def camera(frames, *, busy=lambda index: 0.0):
    """Return what a page notes of a camera with 25 frames a second, which it got `busy` ms late."""
    return [(index % LOOP, ORIGIN + 40 * index + busy(index), 3 + 40.0 * index) for index in range(frames)]


def test_distinct_frames_count_and_their_delay_is_from_the_camera():
    # Every second frame is answered after 100 ms, and shown twice; the clip starts anew in between.
    answered = []
    for index in range(0, 2 * LOOP, 2):
        answered += [(index % LOOP, ORIGIN + 40 * index + 100), (index % LOOP, ORIGIN + 40 * index + 140)]
    measured = Measured.of(camera(2 * LOOP), answered, LOOP)
    assert measured.rate == pytest.approx(12.5)
    assert measured.median == measured.p95 == pytest.approx(100)
    assert measured.unreadable == 0


def test_a_busy_page_does_not_seem_faster():
    late = random.Random(0)
    captured = camera(200, busy=lambda index: late.choice([0.0, 5.0, 30.0]))
    captured = [one for index, one in enumerate(captured) if index % 7 != 3]  # and some it did not get at all
    answered = [(index % LOOP, ORIGIN + 40 * index + 60 + index % 50) for index in range(1, 199)]
    measured = Measured.of(captured, answered, LOOP)
    delays = [60 + index % 50 for index in range(1, 199)]
    assert measured.rate == pytest.approx(25, rel=0.02)
    assert measured.median == pytest.approx(statistics.median(delays))
    assert measured.p95 == pytest.approx(statistics.quantiles(delays, n=20)[-1])


def test_what_cannot_be_read_is_told_and_does_not_count():
    answered = [(index if index % 10 == 0 else None, ORIGIN + 40 * index + 50) for index in range(0, 100, 5)]
    measured = Measured.of([*camera(100), (None, ORIGIN, 2000.0)], answered, LOOP)
    assert measured.unreadable == 0.5
    assert measured.rate == pytest.approx(2.5)


def test_an_answer_to_a_frame_from_before_the_measurement_does_not_count():
    answered = [(LOOP - 1, ORIGIN + 10), (0, ORIGIN + 50), (1, ORIGIN + 90), (2, ORIGIN + 130)]
    assert Measured.of(camera(10), answered, LOOP).median == pytest.approx(50)


@pytest.mark.parametrize("captured", [camera(10), []])
def test_too_few_answers_are_an_error(captured):
    with pytest.raises(UserError, match=facts(len(captured), 2)):
        Measured.of(captured, [(None, ORIGIN)], LOOP)


def test_frames_between_known_ones_have_times_across_the_loop():
    captured = [(LOOP - 2, 100.0, 0.0), (2, 260.0, 160.0), (3, 300.0, 200.0)]
    expected = {LOOP - 2: [100.0], LOOP - 1: [140.0], 0: [180.0], 1: [220.0], 2: [260.0], 3: [300.0]}
    assert camera_times(captured, LOOP) == expected


def test_the_typical_round_has_the_medians():
    rounds = [Measured(10, 100, 150, 0), Measured(14, 90, 200, 0), Measured(12, 130, 160, 0.1)]
    assert Measured.typical(rounds) == Measured(12, 100, 160, 0)
