"""Numbers in frames survive what happens to frames on their way."""

import io

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from tests.facts import mentions
from tools.compare_webrtc import FOLDER, LOOP
from tools.webrtc import barcode

NUMBERS = (0, 1, 90, 170, LOOP - 1)


def frame(number: int, width: int = 640) -> np.ndarray:
    """Return a noisy frame with a number."""
    pixels = np.random.default_rng(number).integers(0, 256, (3 * width // 4 // 20, width // 20, 3), np.uint8)
    pixels = np.asarray(cv2.resize(pixels, (width, 3 * width // 4), interpolation=cv2.INTER_CUBIC), np.uint8)
    barcode.draw(pixels, number)
    return pixels


@pytest.mark.parametrize("size", [(640, 480), (320, 240), (341, 256), (290, 218)])
def test_a_number_survives_jpeg_and_scaling(size):
    for number in NUMBERS:
        small = np.asarray(cv2.resize(frame(number), size, interpolation=cv2.INTER_LINEAR), np.uint8)
        content = io.BytesIO()
        Image.fromarray(small).save(content, "JPEG", quality=50)
        assert barcode.read(np.asarray(Image.open(content))) == number


def test_a_number_survives_vp8_at_the_lowest_rate_of_webrtc():
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 640, 480, "yuv420p"
    encoder.bit_rate = 250_000
    encoder.options = {"deadline": "realtime", "cpu-used": "-6", "lag-in-frames": "0", "qmax": "56"}
    decoder, found = av.CodecContext.create("libvpx", "r"), []
    for number in NUMBERS:
        sent = av.VideoFrame.from_ndarray(frame(number), format="rgb24").reformat(format="yuv420p")
        sent.pts = None
        for packet in encoder.encode(sent):
            answers = (answer.to_ndarray(format="rgb24") for answer in decoder.decode(packet))
            found += [barcode.read(np.asarray(answer, np.uint8)) for answer in answers]
    assert found == list(NUMBERS)


def test_a_frame_without_a_number_has_none():
    pixels = frame(7)
    assert barcode.read(np.full_like(pixels, 128)) is None
    pixels[: barcode.strip_rows(480) // 2] = 200
    assert barcode.read(pixels) is None


def test_every_number_of_the_clip_has_a_code_of_its_own():
    assert LOOP <= 2**barcode.BITS
    assert [barcode.read(frame(number, 320)) for number in range(LOOP)] == list(range(LOOP))


def test_the_browser_reads_what_is_drawn():
    script = (FOLDER / "probe.js").read_text(encoding="utf-8")
    for name in ("BITS", "STRIP", "LEAST_CONTRAST"):
        assert f"const {name} = {getattr(barcode, name)};" in script
    assert mentions(script, "barcode.py")
