import hashlib
import os
from pathlib import Path

import pytest

from configs.errors import UserError
from data import content, datasets
from data.dataset import Pair


def test_fingerprints_are_cached_until_a_file_changes(tmp_path: Path) -> None:
    file, memo = tmp_path / "a.txt", tmp_path / "cache" / "memo.json"
    file.write_text("one")
    assert content.fingerprints([file], memo) == {file: hashlib.sha256(b"one").hexdigest()}
    status = file.stat()

    file.write_text("two")  # same size; with the same time it cannot be noticed, which shows that the memo is used
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert content.fingerprints([file], memo) == {file: hashlib.sha256(b"one").hexdigest()}

    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert content.fingerprints([file], memo) == {file: hashlib.sha256(b"two").hexdigest()}


@pytest.mark.parametrize("damage", ["", "{", "[]", "null"])
def test_a_damaged_memo_is_ignored(tmp_path: Path, damage: str) -> None:
    (tmp_path / "memo.json").write_text(damage)
    (tmp_path / "a.txt").write_text("one")
    hashes = content.fingerprints([tmp_path / "a.txt"], tmp_path / "memo.json")
    assert list(hashes.values()) == [hashlib.sha256(b"one").hexdigest()]


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.jpg: cannot be read"):
        content.fingerprints([tmp_path / "gone.jpg"], tmp_path / "memo.json")


def test_the_content_key_follows_content_and_names_but_not_the_folder() -> None:
    dataset = datasets.get("camvid")

    def key(folder: str = "x", name: str = "a", image: str = "1", mask: str = "2", split: str = "train") -> str:
        pair = Pair(name, Path(folder, "i", name), Path(folder, "m", name))
        return content.content_key(dataset, {split: [pair]}, {pair.image: image, pair.annotation: mask})

    assert key() == key(folder="y")
    assert len({key(), key(name="b"), key(image="3"), key(mask="3"), key(split="val")}) == 5


def test_the_digest_does_not_depend_on_order() -> None:
    assert content.digest(["a", "b"]) == content.digest(["b", "a"])
    assert content.digest(["a", "b"]) != content.digest(["a", "b", "b"])


def test_the_tree_digest_is_that_of_sha256sum(tmp_path: Path) -> None:
    for path, text in (("b/2.txt", "two"), ("a/1.txt", "one"), ("a/deep/3.txt", "three"), ("other/4.txt", "four")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    lines = "".join(
        f"{hashlib.sha256(text).hexdigest()}  {path}\n"
        for path, text in (("a/1.txt", b"one"), ("a/deep/3.txt", b"three"), ("b/2.txt", b"two"))
    )
    assert content.tree_digest(tmp_path, ("b", "a")) == hashlib.sha256(lines.encode()).hexdigest()
