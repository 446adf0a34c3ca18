"""Frames tell their numbers."""

import cv2

from tests.pages.video import clips


def test_a_frame_tells_its_number_after_encoding(tmp_path):
    path = clips.video(tmp_path / "a.webm", "VP80")
    reader = cv2.VideoCapture(str(path))
    numbers = [clips.number_of(reader.read()[1]) for _ in range(clips.FRAMES)]
    reader.release()
    assert numbers == list(range(clips.FRAMES))
