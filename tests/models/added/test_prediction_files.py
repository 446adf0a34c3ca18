"""Which file of predictions belongs to which picture."""

import pytest

from configs.errors import UserError
from models.added.prediction_files import files_of
from tests.facts import facts, mentions


def names_of(folder, names, ids):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    files, faults = files_of(folder, ids)
    return {one: path.relative_to(folder).as_posix() for one, path in files.items()}, faults


@pytest.mark.parametrize(
    ("names", "ids", "expected"),
    [
        (["a.png", "b.PNG"], ["a", "b"], {"a": "a.png", "b": "b.PNG"}),
        (["a_pred.png", "b_mask.npy"], ["a", "b"], {"a": "a_pred.png", "b": "b_mask.npy"}),
        (["frame.001.png"], ["frame.001"], {"frame.001": "frame.001.png"}),
        (["a.png", "a_mask.png"], ["a", "a_mask"], {"a": "a.png", "a_mask": "a_mask.png"}),
        (["val/a.npz"], ["a"], {"a": "val/a.npz"}),
        (["x/a.png", "y/a.png"], ["x/a", "y/a"], {"x/a": "x/a.png", "y/a": "y/a.png"}),
        (["masks/x/a.png", "masks/y/a.png"], ["x/a", "y/a"], {"x/a": "masks/x/a.png", "y/a": "masks/y/a.png"}),
        (["b.png"], ["x/b"], {"x/b": "b.png"}),
        (["a.png", ".a.png", "._a.png", "notes.txt"], ["a"], {"a": "a.png"}),
    ],
)
def test_a_file_is_found_by_the_name_of_its_picture(tmp_path, names, ids, expected):
    assert names_of(tmp_path, names, ids) == (expected, [])


def test_every_fault_is_told_at_once(tmp_path):
    names = ["a.png", "a_pred.png", "b.png", "b.npy", "stranger.png", "deep/other.npz"]
    _, faults = names_of(tmp_path, names, ["a", "b", "gone_1", "gone_2"])
    told = [
        ("gone_1",), ("gone_2",), ("a", 2, "a.png", "a_pred.png"), ("b", 2, "b.npy"),
        ("stranger.png",), ("deep/other.npz",),
    ]  # fmt: skip
    assert len(faults) == len(told)
    for one in told:
        assert sum(mentions(fault, *one) for fault in faults) == 1


def test_a_name_that_two_pictures_share_is_nobody_s(tmp_path):
    files, faults = names_of(tmp_path, ["a.png"], ["x/a", "y/a"])
    assert not files
    assert len(faults) == 3


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_without_predictions_is_refused(tmp_path, exists):
    folder = tmp_path / "folder"
    if exists:
        folder.mkdir()
        (folder / "a.jpg").write_bytes(b"")
    with pytest.raises(UserError, match=facts(folder, "--predictions")):
        files_of(folder, ["a"])
