"""Read a sample of a folder's masks, to see what they hold before anything relies on it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import ExifTags, Image

from configs.errors import UserError
from data import decode
from data.dataset import Pair
from data.formats import Format
from data.formats.shared.contract import ClassTable, Value

SAMPLE = 200
"""Masks read at most, evenly spread over all."""

_MOST_FAULTS = 20
_TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""


@dataclass
class Survey:
    """What a sample of the masks holds.

    Attributes:
        masks: Number of masks that were read.
        pixels: Number of pixels of every value; None is that of uncovered ones.
        first: The file in which a value was seen first.
        sizes: Number of pictures of every size, height and width.
        faults: Why pictures or masks cannot be read, one sentence each.
    """

    masks: int = 0
    pixels: Counter[Value | None] = field(default_factory=Counter)
    first: dict[Value | None, Path] = field(default_factory=dict)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def survey(form: Format, pairs: Sequence[Pair], table: ClassTable | None) -> Survey:
    """Read at most ``SAMPLE`` of the masks; ``table`` says how, where the format leaves that open."""
    result = Survey()
    count = min(SAMPLE, len(pairs))
    for index in range(count):
        pair = pairs[index * len(pairs) // count]
        try:
            size = upright_size(pair.image)
            pixels = form.read(pair, size, table).pixels()
        except UserError as error:
            result.faults.append(str(error))
            if len(result.faults) >= _MOST_FAULTS:
                break
            continue
        result.masks += 1
        result.sizes[size] += 1
        result.pixels.update(pixels)
        for value in pixels:
            result.first.setdefault(value, pair.annotation)
    return result


def upright_size(path: Path) -> tuple[int, int]:
    """Return height and width of a picture once it is turned upright, from the beginning of its file.

    Raises ``decode.ImageError`` if it is not a picture or too large.
    """
    try:
        with Image.open(path, formats=decode.FORMATS) as image:
            height, width = image.height, image.width
            turned = image.getexif().get(ExifTags.Base.Orientation) in _TURNED
    except Exception as error:  # on damaged files Pillow raises anything from SyntaxError to struct.error
        raise decode.ImageError(f"{path}: is not a readable picture ({' '.join(str(error).split())})") from error
    if height * width > decode.MAX_PIXELS:
        raise decode.ImageError(f"{path}: has {height * width:,} pixels; at most {decode.MAX_PIXELS:,} are allowed")
    return (width, height) if turned else (height, width)
