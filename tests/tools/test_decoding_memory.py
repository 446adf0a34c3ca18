"""Decoding stays within its bound for formats and modes that Pillow converts as a whole."""

import pytest

from data.decode import MOST_PER_PIXEL, USUAL_PER_PIXEL
from tools.decoding_memory import FILES, measure

SIZE = (2000, 4000)
FIXED = 0.6
"""Bytes per pixel of this size that do not grow with it."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("JPEG, RGB, turned by EXIF", USUAL_PER_PIXEL),
        ("JPEG, CMYK, progressive", MOST_PER_PIXEL),
        ("PNG, RGBA", USUAL_PER_PIXEL),
        ("PNG, palette with a transparent colour", USUAL_PER_PIXEL),
        ("PNG, grey, 16 bits", USUAL_PER_PIXEL),
        ("TIFF, grey, float", USUAL_PER_PIXEL),
        ("WebP, RGBA", USUAL_PER_PIXEL),
        ("AVIF, RGB", USUAL_PER_PIXEL),
    ],
)
def test_the_peak_is_bounded(tmp_path, name, most):
    peak, _ = measure(FILES[name], SIZE, tmp_path)
    assert 3 <= peak <= most + FIXED
