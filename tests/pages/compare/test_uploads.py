"""Which uploaded files become pictures."""

import io

import numpy as np
from PIL import Image

from pages.compare import uploads
from pages.compare.uploads import MAX_UPLOADS, add_uploads, decodable


class Upload:
    def __init__(self, name, content):
        self.name: str = name
        self.size: int = len(content)
        self.content: bytes = content

    def getvalue(self) -> bytes:
        return self.content


def png(height, width, seed=0):
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)).save(content, "PNG")
    return content.getvalue()


def test_uploads_are_added_in_order_and_only_once():
    held, problems = add_uploads([Upload("a.png", b"1"), Upload("b.png", b"2"), Upload("again.png", b"1")], {})
    assert [picture.name for picture in held.values()] == ["a.png", "b.png"]
    assert not problems
    more, _ = add_uploads([Upload("c.png", b"3")], held)
    assert [picture.name for picture in more.values()] == ["a.png", "b.png", "c.png"]
    assert len(held) == 2, "the argument is not changed"


def test_uploads_beyond_the_limit_are_named():
    files = [Upload(f"{index}.png", str(index).encode()) for index in range(MAX_UPLOADS + 1)]
    held, problems = add_uploads(files, {})
    assert len(held) == MAX_UPLOADS
    assert len(problems) == 1
    assert problems[0].split()[0] == f"{MAX_UPLOADS}.png"
    assert f" {MAX_UPLOADS} pictures" in problems[0]
    assert add_uploads(files[:1], held) == (held, []), "an upload already held does not count twice"


def test_uploads_with_too_many_bytes_are_skipped_unread(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UPLOAD_BYTES", 10)

    class Unread(Upload):
        def getvalue(self) -> bytes:
            raise AssertionError("read before its size was looked at")

    held, problems = add_uploads([Upload("a.png", b"12345678"), Unread("b.png", b"123"), Upload("c.png", b"12")], {})
    assert [picture.name for picture in held.values()] == ["a.png", "c.png"]
    assert [problem.split()[0] for problem in problems] == ["b.png"]


def test_files_that_are_not_pictures_are_named_and_the_others_kept():
    held, _ = add_uploads([Upload("good.png", png(5, 7)), Upload("bad.png", b"nothing"), Upload("empty.png", b"")], {})
    kept, problems = decodable(held)
    assert [picture.name for picture in kept.values()] == ["good.png"]
    assert [problem.split(":")[0].split()[0] for problem in problems] == ["bad.png", "empty.png"]
