"""How far a clip is while its memory is measured."""

import pytest

from configs.errors import UserError
from tools import clip_memory


def test_frames_are_those_of_one_model_wherever_they_are_written(tmp_path):
    assert clip_memory.frames_done(tmp_path) == 0
    for model, frames in {"a": 3, "b": 2}.items():
        folder = tmp_path / "out" / ".unfinished" / model
        folder.mkdir(parents=True)
        for frame in range(frames):
            (folder / f"{frame:06}.png").touch()
    assert clip_memory.frames_done(tmp_path) == 3


def test_a_model_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr("sys.argv", ["clip_memory", "nothing", "--minutes", "0.01", "--height", "72"])
    with pytest.raises(UserError, match="nothing"):
        clip_memory.main()
