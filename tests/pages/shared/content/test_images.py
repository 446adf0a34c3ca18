"""Which uploads are taken, and what the browser gets of a picture."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from data.decode import ImageError
from pages.shared.content import images
from pages.shared.content.images import MAX_UPLOADS, Picture, display, openable, take


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


def decoded(address):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def test_uploads_are_taken_in_order_and_only_once():
    held, problems = take([Upload("a.png", b"1"), Upload("b.png", b"2"), Upload("again.png", b"1")], {})
    assert [picture.name for picture in held.values()] == ["a.png", "b.png"]
    assert not problems
    more, _ = take([Upload("c.png", b"3")], held)
    assert [picture.name for picture in more.values()] == ["a.png", "b.png", "c.png"]
    assert len(held) == 2, "what was held is not changed"


def test_too_many_uploads_are_left_out_by_name():
    files = [Upload(f"{index}.png", str(index).encode()) for index in range(MAX_UPLOADS + 1)]
    held, problems = take(files, {})
    assert len(held) == MAX_UPLOADS
    assert len(problems) == 1
    assert problems[0].startswith(f"{MAX_UPLOADS}.png was left out")
    assert take(files[:1], held) == (held, []), "what is held already is not one more"


def test_too_many_bytes_are_left_out_unread(monkeypatch):
    monkeypatch.setattr(images, "MAX_UPLOAD_BYTES", 10)

    class Unread(Upload):
        def getvalue(self) -> bytes:
            raise AssertionError("read before its size was looked at")

    held, problems = take([Upload("a.png", b"12345678"), Unread("b.png", b"123"), Upload("c.png", b"12")], {})
    assert [picture.name for picture in held.values()] == ["a.png", "c.png"]
    assert [problem.split()[0] for problem in problems] == ["b.png"]


def test_what_is_no_picture_is_told_and_the_rest_is_kept():
    held, _ = take([Upload("good.png", png(5, 7)), Upload("bad.png", b"nothing"), Upload("empty.png", b"")], {})
    kept, problems = openable(held)
    assert [picture.name for picture in kept.values()] == ["good.png"]
    assert [problem.split(":")[0].split()[0] for problem in problems] == ["bad.png", "empty.png"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1, 1), (1, 1)),
        ((300, 451), (300, 451)),
        ((2000, 3000), (853, 1280)),
        ((3000, 2), (1280, 1)),
        ((1, 5000), (1, 1280)),
    ],
)
def test_the_browser_gets_a_picture_of_bounded_size(size, shown):
    picture = Picture(f"{size}", "x.png", "", content=png(*size))
    result = display(picture)
    assert (result.size, result.shown) == (size, shown)
    assert decoded(result.jpeg).shape == (*shown, 3)
    assert max(decoded(images.thumbnail(picture)).shape) <= images.THUMBNAIL_SIDE


def test_the_browser_gets_the_right_colours():
    content = io.BytesIO()
    Image.new("RGB", (16, 16), (250, 120, 10)).save(content, "PNG")
    seen = decoded(display(Picture("orange", "orange.png", "", content=content.getvalue())).jpeg)
    assert np.abs(seen.astype(int) - (250, 120, 10)).max() <= 3


def test_a_picture_that_does_not_open_names_itself():
    with pytest.raises(ImageError, match=r"bad\.png"):
        Picture("bad", "bad.png", "", content=b"nothing").pixels()


def test_pixels_are_shared_and_cannot_be_changed():
    picture = Picture("shared", "x.png", "", content=png(4, 4))
    assert picture.pixels() is picture.pixels()
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels()[0, 0] = 0


def test_samples_open_and_say_whose_they_are():
    for picture in images.sample_pictures():
        assert picture.credit
        assert picture.kinds
        assert display(picture).size == picture.pixels().shape[:2]
