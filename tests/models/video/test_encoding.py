from fractions import Fraction

import numpy as np
import pytest

from configs.errors import UserError
from models.video.encoding import Encoder, join
from tests import clips
from tests.facts import facts

PICTURES = clips.pictures(12)
RNG = np.random.default_rng(0)


def parts(folder, frames, kind, lengths, suffix):
    made, start = [], 0
    for number, length in enumerate(lengths):
        path = folder / f"{number}{suffix}"
        encoder = Encoder(path, kind, frames[0].shape[:2])
        for frame in frames[start : start + length]:
            encoder.add(frame)
        encoder.finish()
        made.append(path)
        start += length
    return made


TIMES = [
    ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], Fraction(1, 30)),
    ([500, 533, 600, 610, 611, 900, 1500, 1501, 1502, 1600, 4000, 4001], Fraction(1, 1000)),
    ([90_000 + 3003 * index for index in range(12)], Fraction(1, 90_000)),
    (list(range(12)), Fraction(1001, 30_000)),
]


@pytest.mark.parametrize(("times", "time_base"), TIMES)
def test_joined_pictures_have_the_given_times(tmp_path, times, time_base):
    join(parts(tmp_path, PICTURES, "pictures", [5, 5, 2], ".mp4"), times, time_base, tmp_path / "all.mp4")
    pixels, seconds = clips.read(tmp_path / "all.mp4")
    assert seconds == [time * time_base for time in times]
    for found, expected in zip(pixels, PICTURES, strict=True):
        assert np.abs(found.astype(int) - expected).mean() < 6


def test_joining_does_not_encode_again(tmp_path):
    whole = parts(tmp_path, PICTURES, "pictures", [6, 6], ".mp4")
    join(whole, range(12), Fraction(1, 30), tmp_path / "all.mp4")
    separate = [picture for part in whole for picture in clips.read(part)[0]]
    np.testing.assert_array_equal(separate, clips.read(tmp_path / "all.mp4")[0])


@pytest.mark.parametrize("size", [(64, 96), (63, 95), (1, 1), (17, 3)])
def test_label_maps_come_back_as_they_were(tmp_path, size):
    labels = list(RNG.integers(0, 256, (7, *size), np.uint8))
    join(parts(tmp_path, labels, "labels", [3, 3, 1], ".mkv"), range(7), Fraction(1, 25), tmp_path / "all.mkv")
    pixels, seconds = clips.read(tmp_path / "all.mkv")
    np.testing.assert_array_equal(pixels, labels)
    assert list(map(float, seconds)) == pytest.approx([index / 25 for index in range(7)], abs=0.0006)


def test_parts_that_do_not_fit_are_refused(tmp_path):
    one = parts(tmp_path, PICTURES, "pictures", [3, 3], ".mp4")
    for times, name in [(range(5), "1.mp4"), (range(8), "1.mp4")]:
        with pytest.raises(UserError, match=facts(name)):
            join(one, times, Fraction(1, 30), tmp_path / "all.mp4")
    larger = tmp_path / "larger.mp4"
    encoder = Encoder(larger, "pictures", (128, 128))
    encoder.add(np.zeros((128, 128, 3), np.uint8))
    encoder.finish()
    with pytest.raises(UserError, match=facts("larger.mp4")):
        join([one[0], larger], range(4), Fraction(1, 30), tmp_path / "all.mp4")


def test_colours_survive(tmp_path):
    colours = np.repeat(np.array([[[200, 30, 40], [20, 180, 60], [10, 40, 220], [240, 240, 30]]], np.uint8), 16, axis=1)
    picture = np.repeat(colours, 64, axis=0)
    join(parts(tmp_path, [picture], "pictures", [1], ".mp4"), [0], Fraction(1, 30), tmp_path / "all.mp4")
    found = clips.read(tmp_path / "all.mp4")[0][0]
    inside = [8, 24, 40, 56]
    assert np.abs(found[32, inside].astype(int) - picture[32, inside]).max() <= 6
