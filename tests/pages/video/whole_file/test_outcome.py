"""The results of a clip as they are drawn."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from data.label_space import LabelSpace
from models.video.drawing import Comparison
from models.video.options import Options
from models.video.results import ClipFacts, Moment, Summary
from pages.video.whole_file.outcome import Outcome
from tests import clips


@pytest.mark.parametrize("megapixels", ["9", "1"])
def test_a_still_of_the_largest_comparison_can_be_seen(tmp_path, monkeypatch, megapixels):
    many = LabelSpace(tuple(f"class number {i}" for i in range(150)), tuple(f"#{i:02x}4080" for i in range(150)))
    frame = np.full((1080, 1920, 3), 90, np.uint8)
    comparison = Comparison((1080, 1920), ["model"], [many], Options.longest)
    picture = comparison.draw(frame, [np.zeros((1080, 1920), np.uint8)], 0.6)
    assert picture.shape[0] * picture.shape[1] > Options.longest**2
    clips.write(tmp_path / "comparison.mp4", [picture])
    monkeypatch.setenv("SEGDECK_CLIP_MEGAPIXELS", megapixels)  # what visitors may bring is no bound on what is ours
    summary = Summary(ClipFacts("drive.mp4", (1080, 1920), 1, "1/25", 0.0, 0.0), (), (), ())
    address = Outcome(tmp_path, "drive", summary, {}, {}).still(Moment(frame=0, time=0.0, consistency=0.5))
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as image:
        assert image.size == picture.shape[1::-1]
