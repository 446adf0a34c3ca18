"""How label maps travel to the browser."""

import base64
import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from pages.compare.viewer.packing import pack


@given(npst.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_a_packed_plane_is_its_bytes(plane):
    assert zlib.decompress(base64.b64decode(pack(plane))) == plane.tobytes()
