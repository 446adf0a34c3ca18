"""How label maps and confidences travel to the browser: deflated, in base64; ``labels.js`` unpacks them."""

import base64
import zlib

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.shared.content.predictions import ImagePrediction, PredictionKey


def packed_planes(prediction: ImagePrediction) -> tuple[str, str]:
    """Return the packed label map and the packed row differences of the confidence in per cent, packed only once."""
    return _packed_planes(prediction.key, prediction)


# One screen of panels or a few: together with the compact predictions this takes no more than 256 packed ones.
@st.cache_data(max_entries=64, show_spinner=False)
def _packed_planes(key: PredictionKey, _prediction: ImagePrediction) -> tuple[str, str]:
    return pack(_prediction.labels), pack(row_differences(_prediction.confidence))


def row_differences(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Replace each value but the first of a row by its difference to its left neighbour; they deflate far better.

    Args:
        values: ``(H, W)``.

    Returns:
        ``(H, W)``, modulo 256; the cumulative sum along the rows gives ``values`` back.
    """
    differences = values.copy()
    differences[:, 1:] -= values[:, :-1]
    return differences


def pack(plane: NDArray[np.uint8]) -> str:
    """Return the bytes of a plane, deflated, in base64."""
    return base64.b64encode(zlib.compress(plane.tobytes(), 1)).decode()
