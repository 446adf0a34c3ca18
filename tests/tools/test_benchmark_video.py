import itertools

from tests import clips
from tools.benchmark_video import write_clip


def test_the_clip_moves(tmp_path):
    write_clip(tmp_path / "clip.mp4", 5, 90, 160)
    pixels, _ = clips.read(tmp_path / "clip.mp4")
    assert [picture.shape for picture in pixels] == [(90, 160, 3)] * 5
    assert all((one != other).any() for one, other in itertools.pairwise(pixels))
