"""Row chunks cover every row once, and none exceeds the requested size."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.row_chunks import PIXELS, row_chunks


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 5000))
def test_chunks_cover_every_row_once_from_top_to_bottom(height, width, pixels):
    chunks = list(row_chunks((height, width, 3), pixels))
    assert [row for rows in chunks for row in range(height)[rows]] == list(range(height))
    counts = [rows.stop - rows.start for rows in chunks]
    assert all(count == 1 or 0 < count * width <= pixels for count in counts if width)


def test_a_chunk_has_at_most_the_default_number_of_pixels():
    sizes = {(rows.stop - rows.start) * 1000 for rows in row_chunks((2000, 1000))}
    assert max(sizes) == PIXELS // 1000 * 1000
    assert np.sum([rows.stop - rows.start for rows in row_chunks((2000, 1000))]) == 2000
