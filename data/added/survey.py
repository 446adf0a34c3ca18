"""Read a sample of a folder's masks, to see what they hold before anything relies on it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import ExifTags, Image

from configs.errors import UserError
from data import decode
from data.dataset import Pair
from data.formats import Format
from data.formats.shared.contract import ClassTable, Labels, Value

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
        sets: The values that occur in the same mask, for every mask.
        turned: Number of pictures that are stored turned, and shown upright.
        shown: The colours that palettes give to a number, each with the first file that does so.
        faults: Why pictures or masks cannot be read, one sentence each.
    """

    masks: int = 0
    pixels: Counter[Value | None] = field(default_factory=Counter)
    first: dict[Value | None, Path] = field(default_factory=dict)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    sets: set[frozenset[Value | None]] = field(default_factory=set)
    turned: int = 0
    shown: dict[int, dict[str, Path]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def survey(form: Format, pairs: Sequence[Pair], table: ClassTable | None) -> Survey:
    """Read at most ``SAMPLE`` of the masks; ``table`` says how, where the format leaves that open."""
    result = Survey()
    count = min(SAMPLE, len(pairs))
    for index in range(count):
        pair = pairs[index * len(pairs) // count]
        try:
            size = upright_size(pair.image)
            labels = form.read(pair, size, table)
        except UserError as error:
            result.faults.append(str(error))
            if len(result.faults) >= _MOST_FAULTS:
                break
            continue
        pixels = labels.pixels()
        result.masks += 1
        result.turned += is_turned(pair.image)
        result.sets.add(frozenset(pixels))
        for number, colour in _palette(labels, pixels).items():
            result.shown.setdefault(number, {}).setdefault(colour, pair.annotation)
        result.sizes[size] += 1
        result.pixels.update(pixels)
        for value in pixels:
            result.first.setdefault(value, pair.annotation)
    return result


def _palette(labels: Labels, present: Iterable[Value | None]) -> dict[int, str]:
    """Return the palette's colours of the numbers that occur, without colours that several of them have."""
    numbers = [value for value in present if isinstance(value, int) and 3 * value + 3 <= len(labels.palette)]
    colours = {number: "#" + labels.palette[3 * number : 3 * number + 3].hex() for number in numbers}
    counts = Counter(colours.values())
    return {number: colour for number, colour in colours.items() if counts[colour] == 1}


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


def is_turned(path: Path) -> bool:
    """Return whether a readable picture is stored in another position than it is shown in."""
    with Image.open(path, formats=decode.FORMATS) as image:
        return image.getexif().get(ExifTags.Base.Orientation) in decode.UPRIGHT
