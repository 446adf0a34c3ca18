"""Models on the camera's frames under streamlit-webrtc, side by side: what ``tools.compare_webrtc`` measures.

Run by a Python that has ``requirements-webrtc.txt``. It is a ``video_frame_callback`` as in streamlit-webrtc's
tutorial, with its defaults (``async_processing``): frames are processed in a thread of their own, of those that come
meanwhile only the newest is, and the last answer is sent again for each of the camera's frames.
"""

import os

import av
import cv2
import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit_webrtc import webrtc_streamer

from data.label_maps import overlay, resize_nearest
from models.inference.loading import load_predictor
from models.inference.predictor import Predictor
from models.runs import registry
from tools.webrtc.barcode import strip_rows

# Streamlit would show docstrings of these.
OPACITY = 0.55  # of the masks, as on the Video page
MODELS = os.environ["COMPARED_MODELS"].split(",")
WIDTH = int(os.environ["COMPARED_WIDTH"])  # of each panel in the answer


@st.cache_resource
def predictors() -> list[Predictor]:
    """Load the models once."""
    return [load_predictor(registry.find(name)) for name in MODELS]


def with_masks(model: Predictor, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a frame ``(H, W, 3)`` with a model's masks over it, but for the frame's number."""
    height, width = round(pixels.shape[0] * WIDTH / pixels.shape[1]), WIDTH
    labels = resize_nearest(model.network_labels(pixels)[0], height, width)
    shown = pixels
    if width != pixels.shape[1]:
        shown = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    panel = overlay(shown, labels, model.label_space, OPACITY)
    rows = strip_rows(height)
    panel[:rows] = shown[:rows]
    return panel


models = predictors()


def answer(frame: av.VideoFrame) -> av.VideoFrame:
    """Run the models one after the other on a frame, and return their panels side by side."""
    pixels = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    return av.VideoFrame.from_ndarray(np.hstack([with_masks(model, pixels) for model in models]), format="rgb24")


st.title("Models under streamlit-webrtc")
webrtc_streamer(
    key="models",
    video_frame_callback=answer,
    # As the Video page asks for its frames. No server is needed between two programs on one computer.
    media_stream_constraints={
        "video": {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 30}},
        "audio": False,
    },
    rtc_configuration={"iceServers": []},
)
