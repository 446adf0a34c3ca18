import pytest

from configs.errors import UserError
from data.formats.shared import pairing, tree
from tests.data.conftest import write


def test_hidden_files_are_left_out_and_the_rest_is_sorted(tmp_path):
    for name in ("b/2.png", "a.jpg", ".git/x.jpg", "b/._2.png", "__MACOSX/b/2.png"):
        write("x", tmp_path / name)
    found = tree.scan(tmp_path)
    assert list(found.files) == ["a.jpg", "b/2.png"]
    assert found.folders() == ["b"]
    assert found.folder("c", "B") == "b"
    assert list(found.below("b")) == ["2.png"]


@pytest.mark.parametrize("place", ["file", "folder", "nowhere"])
def test_a_link_that_leads_out_is_refused(tmp_path, place):
    write("secret", tmp_path / "outside" / "secret.png")
    (tmp_path / "data").mkdir()
    target = {"file": "outside/secret.png", "folder": "outside", "nowhere": "absent"}[place]
    (tmp_path / "data" / "link.png").symlink_to(tmp_path / target)
    with pytest.raises(UserError, match=r"link\.png: is a link"):
        tree.scan(tmp_path / "data")


def test_a_link_inside_is_read(tmp_path):
    write("x", tmp_path / "data" / "a.png")
    (tmp_path / "data" / "b.png").symlink_to("a.png")
    (tmp_path / "link").symlink_to("data")
    assert list(tree.scan(tmp_path / "link").files) == ["a.png", "b.png"]


def test_a_folder_with_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "MAX_FILES", 2)
    for name in "abc":
        write("x", tmp_path / name)
    with pytest.raises(UserError, match="more than 2 files"):
        tree.scan(tmp_path)


@pytest.mark.parametrize(
    ("name", "base", "expected"),
    [
        ("a.jpg", "x", "x/a.jpg"),
        ("../a.jpg", "x", "a.jpg"),
        ("y\\a.jpg", "x", "x/y/a.jpg"),
        ("./a.jpg", "", "a.jpg"),
        ("b.jpg", "", None),
    ],
)
def test_a_name_is_found_relative_to_a_folder(tmp_path, name, base, expected):
    for path in ("a.jpg", "x/a.jpg", "x/y/a.jpg"):
        write("x", tmp_path / path)
    found = tree.scan(tmp_path).named(name, base, "some.json")
    assert found == (expected and tmp_path / expected)


@pytest.mark.parametrize(
    "name", ["../a.jpg", "x/../../a.jpg", "/a.jpg", "C:/a.jpg", "C:a.jpg", "\\\\s\\a.jpg", "a\0.jpg"]
)
def test_a_name_that_leads_out_is_refused(tmp_path, name):
    write("x", tmp_path / "a.jpg")
    with pytest.raises(UserError, match=r"some\.json"):
        tree.scan(tmp_path).named(name, "", "some.json")


@pytest.mark.parametrize(("name", "key"), [(".", "."), ("", "."), ("/", "/"), ("a/.b", "a/.b"), ("a/b.c", "a/b")])
def test_a_path_loses_its_suffix_if_it_has_one(name, key):
    assert pairing.key_of(name) == key
