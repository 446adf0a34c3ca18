from pathlib import Path

import pytest

from configs.errors import UserError
from data import pairs
from tests.facts import facts


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("content")
    return folder


def test_pairs_are_matched_by_name_not_by_order(tmp_path: Path) -> None:
    images = fill(tmp_path / "images", "img10.jpg", "img9.jpg", "IMG1.JPG", "notes.md", ".hidden.jpg")
    masks = fill(tmp_path / "masks", "img9.png", "img10.png", "IMG1.png", "._img9.png")
    found = pairs.of_folders(images, masks)
    assert [pair.id for pair in found] == ["IMG1", "img10", "img9"]
    assert all(pair.image.stem == pair.id == pair.annotation.stem for pair in found)


@pytest.mark.parametrize(
    ("images", "masks", "expected"),
    [
        (("a.jpg", "b.jpg"), ("a.png",), ["images/b.jpg", "no mask"]),
        (("a.jpg",), ("a.png", "b.png"), ["masks/b.png", "no image"]),
        (("a.jpg", "a.png"), ("a.png",), ["images/a.png", "a.jpg", "same"]),
        ((), (), ["images", "no images"]),
    ],
)
def test_a_file_without_a_partner_is_named(
    tmp_path: Path, images: tuple[str, ...], masks: tuple[str, ...], expected: list[str]
) -> None:
    folders = fill(tmp_path / "images", *images), fill(tmp_path / "masks", *masks)
    with pytest.raises(UserError, match=facts(*expected)):
        pairs.of_folders(*folders)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere: cannot be listed"):
        pairs.by_stem(tmp_path / "nowhere")


def test_the_list_selects_the_pairs(tmp_path: Path) -> None:
    images = fill(tmp_path / "images", "a.jpg", "b.jpg", "c.jpg")
    masks = fill(tmp_path / "masks", "a.png", "b.png")
    (tmp_path / "list.txt").write_text("# a comment\n\nb 1 2 3\na 1 1 1\n")
    found = pairs.of_list(tmp_path / "list.txt", pairs.by_stem(images), pairs.by_stem(masks), (images, masks))
    assert [(pair.id, pair.image.name, pair.annotation.name) for pair in found] == [
        ("a", "a.jpg", "a.png"),
        ("b", "b.jpg", "b.png"),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a\nc\n", ["masks/c", "no mask"]),
        (b"a\nd\n", ["images/d", "no image"]),
        (b"a\nb\na 1\n", ["list.txt", "line 3", "a twice"]),
        (b"# nothing\n", ["list.txt", "no images"]),
        (b"\xff\xfe", ["list.txt", "cannot be read"]),
    ],
)
def test_an_invalid_list_is_rejected(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    images = fill(tmp_path / "images", "a.jpg", "b.jpg", "c.jpg")
    masks = fill(tmp_path / "masks", "a.png", "b.png", "d.png")
    (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(UserError, match=facts(*expected)):
        pairs.of_list(tmp_path / "list.txt", pairs.by_stem(images), pairs.by_stem(masks), (images, masks))
