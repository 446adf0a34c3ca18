"""Labelme: a JSON file beside every picture, with shapes that have a label.

Polygons, rectangles, turned rectangles, circles and masks are filled as Labelme itself fills them, edges included; a
later shape lies on an earlier one. Points and lines enclose nothing and are skipped. What no shape covers is
background, as is ``_background_``; ``__ignore__`` is void.

Source: https://github.com/wkentaro/labelme, version 6.3.1
"""

import base64
import binascii
import io
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from configs.errors import UserError
from data.dataset import Pair
from data.decode import SUFFIXES
from data.formats.shared import drawing, pairing
from data.formats.shared.contract import VOID, Box, ClassTable, Labels, Listing, SourceClass, Value
from data.formats.shared.text_files import head, mapping, read_json, sequence, text
from data.formats.shared.tree import Tree
from data.label_space import BACKGROUND

TITLE = "Labelme"
UNCOVERED = BACKGROUND
NAMED = True
OBJECTS = True

_BACKGROUND, _IGNORED = "_background_", "__ignore__"
_SKIPPED = ("point", "points", "line", "linestrip")
_CORNERS = {"polygon": None, "oriented_rectangle": 4, "rectangle": 2, "circle": 2, "mask": 2}
"""Number of points of every shape that is filled; None is any from 3."""


def detect(tree: Tree) -> bool:
    """Return whether there is a JSON file with Labelme's keys."""
    return any('"shapes"' in start and '"flags"' in start for start in map(head, _first(tree)))


def _first(tree: Tree) -> Iterator[Path]:
    yield from list(tree.below("", (".json",)).values())[:20]


def listing(tree: Tree) -> Listing:
    """Pair each JSON file with the picture of the same name, or else with the one that it names."""
    splits: dict[str, list[Pair]] = {}
    alone, used = [], set()
    for name, path in tree.below("", (".json",)).items():
        picture = _picture(tree, name, path)
        if picture is None:
            alone.append(name)
        else:
            used.add(picture)
            split = pairing.split_of(str(PurePosixPath(name).parent))
            splits.setdefault(split, []).append(Pair(pairing.id_of(name), picture, path))
    if not splits:
        raise UserError(f"{tree.root}: holds no picture that belongs to one of its JSON files")
    bare = [name for name, path in tree.below("").items() if path not in used]
    return Listing(splits, bare, alone)


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the labels of all files, sorted, and say which shapes are skipped."""
    labels, skipped = set(), Counter[str]()
    for pair in listing.pairs:
        for shape, origin in _shapes(pair.annotation):
            kind = _kind(shape, origin)
            if kind in _SKIPPED:
                skipped[kind] += 1
            else:
                labels.add(_label(shape, origin))
    named = sorted(labels - {_BACKGROUND, _IGNORED, BACKGROUND})
    background = SourceClass(BACKGROUND, (BACKGROUND, _BACKGROUND))
    classes = [background, *(SourceClass(name, (name,)) for name in named)]
    void = None
    if _IGNORED in labels:
        void = VOID if VOID not in named else _IGNORED
        classes.append(SourceClass(void, (_IGNORED,)))
    counts = " and ".join(f"{count} of the type {kind}" for kind, count in sorted(skipped.items()))
    notes = (f"Shapes without an area are skipped: {counts}.",) if skipped else ()
    return ClassTable(tuple(classes), "the labels in the JSON files", void, BACKGROUND, notes=notes)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Draw the shapes of a picture; those of one label and group are one object."""
    canvas, values = Image.new("I", (size[1], size[0])), list[Value | None]([None])
    known: dict[tuple[str, Any], int] = {}
    extents: dict[int, list[tuple[float, float]]] = {}
    for number, (shape, origin) in enumerate(_shapes(pair.annotation, size)):
        kind = _kind(shape, origin)
        if kind in _SKIPPED:
            continue
        label = _label(shape, origin)
        group = shape.get("group_id")
        code = known.setdefault((label, f"shape {number}" if group is None else str(group)), len(values))
        if code == len(values):
            values.append(label)
        corners = drawing.points(shape.get("points"), origin)
        if len(corners) != (_CORNERS[kind] or max(3, len(corners))):
            raise UserError(
                f"{origin}: is a {kind} with {len(corners)} points; it has {_CORNERS[kind] or 'at least 3'}"
            )
        if kind == "mask":
            _paste(canvas, shape.get("mask"), corners, code, origin)
        else:
            _draw(ImageDraw.Draw(canvas), kind, corners, code)
        extents.setdefault(code, []).extend(_extent(kind, corners, size))
    boxes = ((code, _box(corners, size)) for code, corners in extents.items() if corners)
    return Labels(np.asarray(canvas), values, [(code, box) for code, box in boxes if box])


def _extent(kind: str, corners: list[tuple[float, float]], size: tuple[int, int]) -> list[tuple[float, float]]:
    """Return points around a shape; where it leaves the picture, those around what is in it, or none."""
    points = corners
    if kind == "circle":
        (x, y), edge = corners
        radius = math.dist((x, y), edge)
        points = [(x - radius, y - radius), (x + radius, y + radius)]
    if kind == "mask" or all(0 <= x < size[1] and 0 <= y < size[0] for x, y in points):
        return points
    alone = Image.new("1", (size[1], size[0]))
    _draw(ImageDraw.Draw(alone), kind, corners, 1)
    box = alone.getbbox()
    return [(box[0], box[1]), (box[2] - 1, box[3] - 1)] if box else []


def _box(corners: list[tuple[float, float]], size: tuple[int, int]) -> Box | None:
    """Return the box around points, as far as it lies in a picture of ``size`` (height, width); None if nowhere."""
    (left, right), (top, bottom) = (
        (max(0, math.floor(min(numbers))), min(most - 1, math.floor(max(numbers))))
        for numbers, most in zip(zip(*corners, strict=True), reversed(size), strict=True)
    )
    return (left, top, right - left + 1, bottom - top + 1) if left <= right and top <= bottom else None


def _draw(draw: ImageDraw.ImageDraw, kind: str, corners: list[tuple[float, float]], code: int) -> None:
    """Fill a shape; its edge belongs to it."""
    if kind == "circle":
        (x, y), edge = corners
        radius = math.dist((x, y), edge)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=code, outline=code)
    elif kind == "rectangle":
        (left, right), (top, bottom) = (sorted(numbers) for numbers in zip(*corners, strict=True))
        draw.rectangle((left, top, right, bottom), fill=code, outline=code)
    else:
        draw.polygon(corners, fill=code, outline=code)


def _paste(canvas: Image.Image, content: Any, corners: list[tuple[float, float]], code: int, origin: str) -> None:
    """Fill the non-zero pixels of a cut-out, whose corners belong to it."""
    (left, top), (right, bottom) = ((int(x), int(y)) for x, y in corners)
    cut = _cut_out(content, (bottom - top + 1, right - left + 1), origin)
    canvas.paste(code, (left, top), Image.fromarray(cut))


def _cut_out(content: Any, size: tuple[int, int], origin: str) -> NDArray[np.bool_]:
    """Decode the mask of a shape, ``(H, W)``. Raises ``UserError`` unless it is a PNG of that size."""
    try:
        raw = base64.b64decode(content, validate=True) if isinstance(content, str) else b""
        with Image.open(io.BytesIO(raw), formats=("PNG",)) as image:
            found = image.height, image.width
            if found == size:
                return np.asarray(image.convert("L") if image.mode not in ("L", "1", "P") else image).astype(bool)
    except (binascii.Error, ValueError, OSError, SyntaxError) as error:
        raise UserError(f"{origin}: has a mask that is not a PNG in base64 ({error})") from error
    raise UserError(f"{origin}: has a mask of {found[1]}x{found[0]} in a box of {size[1]}x{size[0]} (width x height)")


def _shapes(path: Path, size: tuple[int, int] | None = None) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the shapes of a file and where each stands; with ``size``, check that of the file against it."""
    content = mapping(read_json(path, drawing.MAX_JSON_BYTES), str(path))
    if size is not None:
        drawing.check_size(content.get("imageHeight"), content.get("imageWidth"), size, path)
    for number, shape in enumerate(sequence(content.get("shapes"), f"{path}: shapes")):
        yield mapping(shape, f"{path}: shape {number}"), f"{path}: shape {number}"


def _label(shape: dict[str, Any], origin: str) -> str:
    return text(text(shape.get("label"), f"{origin}: label").strip(), f"{origin}: label")


def _kind(shape: dict[str, Any], origin: str) -> str:
    kind = shape.get("shape_type") or "polygon"  # older files have none
    if kind not in _CORNERS and kind not in _SKIPPED:
        raise UserError(f"{origin}: has the type {str(kind)[:40]!r}; known are {', '.join((*_CORNERS, *_SKIPPED))}")
    if kind == "rectangle" and isinstance(points := shape.get("points"), list) and len(points) == 4:
        return "oriented_rectangle"  # X-AnyLabeling writes the four corners
    return str(kind)


def _picture(tree: Tree, name: str, path: Path) -> Path | None:
    stem = pairing.key_of(name)
    for suffix in SUFFIXES:
        for spelled in (suffix, suffix.upper()):
            if stem + spelled in tree.files:
                return tree.files[stem + spelled]
    content = read_json(path, drawing.MAX_JSON_BYTES)
    named = content.get("imagePath") if isinstance(content, dict) and "shapes" in content else None
    folder = str(PurePosixPath(name).parent).removeprefix(".")
    return tree.named(named, folder, str(path)) if isinstance(named, str) else None
