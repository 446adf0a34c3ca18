"""The player of predicted masks."""

import base64
import io

import numpy as np
from PIL import Image

from pages.training.preview_player import component as preview_player
from tests.pages import scored


def test_the_player_has_every_epoch_of_every_run(tmp_path):
    runs = {name: scored.make(tmp_path / name, epochs=epochs) for name, epochs in [("a", 3), ("b", 2)]}
    scored.preview(runs["a"], "val_one", 3)
    assert preview_player.picture_titles(runs) == {"sample_chelsea": "Sample: chelsea", "val_one": "Validation: one"}
    payload = preview_player.payload(runs, "sample_chelsea")
    assert [(run["name"], run["epochs"]) for run in payload["runs"]] == [("a", [1, 2, 3]), ("b", [1, 2])]
    image = Image.open(io.BytesIO(base64.b64decode(payload["runs"][0]["images"][1].partition(",")[2])))
    assert np.unique(np.asarray(image)).tolist() == [0, 2], "the value of a pixel is the class"
    assert payload["runs"][0]["classes"][0] == {"name": "pet", "colour": runs["a"].label_space.colours[0]}
    assert preview_player.payload(runs, "val_one")["runs"][1]["epochs"] == []


def test_damaged_and_foreign_files_are_ignored(tmp_path):
    run = scored.make(tmp_path / "a", epochs=2)
    folder = run.previews / "sample_chelsea"
    (folder / "0003.png").write_bytes(b"half a file")
    (folder / "notes.png").write_bytes(b"")
    (run.previews / "empty").mkdir()
    assert list(preview_player.picture_titles({"a": run})) == ["sample_chelsea"]
    assert preview_player.payload({"a": run}, "sample_chelsea")["runs"][0]["epochs"] == [1, 2]


def test_a_long_training_is_thinned_to_evenly_spaced_epochs(tmp_path):
    frames = dict.fromkeys(range(1, 501), tmp_path)
    epochs = list(preview_player._thinned(frames))
    assert len(epochs) == preview_player.MAX_FRAMES
    assert (epochs[0], epochs[-1]) == (1, 500)
    assert max(np.diff(epochs)) <= 5
