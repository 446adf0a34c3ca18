"""Images of rare classes come more often."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from train import sampling


def test_an_image_follows_its_rarest_class():
    # The classes are in all, half, a quarter and none of the images.
    pixels = np.array([[9, 0, 0, 0], [9, 5, 0, 0], [9, 5, 1, 0], [9, 0, 0, 0]])
    np.testing.assert_allclose(sampling.repeat_factors(pixels, 0.5), [1, 1, np.sqrt(2), 1])
    np.testing.assert_allclose(sampling.repeat_factors(pixels, 1.0), [1, np.sqrt(2), 2, 1])


@given(arrays(np.int64, (12, 5), elements=st.integers(0, 3)), st.floats(0.01, 1))
def test_the_factors_are_those_of_a_plain_loop(pixels, threshold):
    expected = []
    for image in pixels:
        factor = 1.0
        for class_id, count in enumerate(image):
            if count:
                share = sum(1 for other in pixels if other[class_id]) / len(pixels)
                factor = max(factor, (threshold / share) ** 0.5)
        expected.append(factor)
    np.testing.assert_allclose(sampling.repeat_factors(pixels, threshold), expected)


@pytest.mark.parametrize("factors", [[1, 1, 1], [1, 2.3, 1.5], [4, 1, 1.999]])
def test_an_epoch_has_each_image_its_factor_times(factors):
    factors = np.array(factors)
    epochs = [np.bincount(sampling.epoch(factors, np.random.default_rng(seed)), minlength=3) for seed in range(400)]
    assert all((np.floor(factors) <= times).all() and (times <= np.ceil(factors)).all() for times in epochs)
    np.testing.assert_allclose(np.mean(epochs, axis=0), factors, atol=0.1)
