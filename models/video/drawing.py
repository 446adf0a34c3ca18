"""Draws the label maps of several models over a frame, side by side, with the models' names and a legend.

Where the grid has a place to spare, it shows the frame alone.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from data.geometry import halved
from data.label_maps import overlay, resize_nearest
from data.label_space import LabelSpace

LEAST_WIDTH = 320
"""Panels are at least this wide, so that there is room for names and legend."""

WIDE = 16 / 9
"""The shape that the panels together come closest to."""

_TEXT = (255, 255, 255)
_GROUND = (24, 24, 24)

Pixels = NDArray[np.uint8]


class Comparison:
    """A picture of even height and width in which the panels of a frame are drawn.

    Attributes:
        size: Its height and width.
        panel: Height and width of a frame in it.
    """

    def __init__(
        self, frame: tuple[int, int], names: Sequence[str], spaces: Sequence[LabelSpace], longest: int
    ) -> None:
        """Lay out panels for frames of a height and width, one per model, in a picture with sides up to ``longest``."""
        self._spaces = tuple(spaces)
        shared = len(set(spaces)) == 1
        rows, columns = _grid(len(names), frame)
        scale = min(longest / (columns * frame[1]), longest / (rows * frame[0]), 1.0)
        scale = max(scale, LEAST_WIDTH / frame[1])
        scale = min(scale, longest / frame[0])  # a frame that is very narrow stays so
        self.panel = (max(2, round(frame[0] * scale)), max(2, round(frame[1] * scale)))
        height, width = self.panel
        cell = max(width, LEAST_WIDTH)
        text = max(13, round(cell / 45))
        titles = [_title(name, cell, text) for name in names]
        legends = [_legend(space, cell, text) for space in spaces]
        foot = 0 if shared else max(legend.shape[0] for legend in legends)
        head = titles[0].shape[0]
        bottom = _legend(spaces[0], cell * columns, text) if shared else np.zeros((0, cell * columns, 3), np.uint8)
        whole = (rows * (head + height + foot) + bottom.shape[0], columns * cell)
        self.size = (whole[0] + whole[0] % 2, whole[1] + whole[1] % 2)
        self._ground = np.full((*self.size, 3), _GROUND, np.uint8)
        self._places: list[tuple[int, int]] = []
        for index, (title, legend) in enumerate(zip(titles, legends, strict=True)):
            top, left = index // columns * (head + height + foot), index % columns * cell
            self._ground[top : top + head, left : left + cell] = title
            if not shared:
                self._ground[top + head + height :][: legend.shape[0], left : left + cell] = legend
            self._places.append((top + head, left + (cell - width) // 2))
        self._ground[whole[0] - bottom.shape[0] : whole[0], : whole[1]] = bottom
        self._alone: tuple[int, int] | None = None
        if len(names) < rows * columns:
            top, left = len(names) // columns * (head + height + foot), len(names) % columns * cell
            self._ground[top : top + head, left : left + cell] = _title("(the clip)", cell, text)
            self._alone = (top + head, left + (cell - width) // 2)

    def draw(self, image: Pixels, labels: Sequence[Pixels], opacity: float) -> Pixels:
        """Return the picture ``(H, W, 3)`` of a frame and its label maps ``(h, w)``, one per model."""
        height, width = self.panel
        shown = _resized(image, height, width)
        picture = self._ground.copy()
        for plane, space, (top, left) in zip(labels, self._spaces, self._places, strict=True):
            part = overlay(shown, resize_nearest(plane, height, width), space, opacity)
            picture[top : top + height, left : left + width] = part
        if self._alone is not None:
            top, left = self._alone
            picture[top : top + height, left : left + width] = shown
        return picture


def _resized(image: Pixels, height: int, width: int) -> Pixels:
    """Resize a frame ``(H, W, 3)``: bilinearly, which is far faster than averaging, as long as that skips no pixel."""
    image = halved(image, height, width)
    skips = image.shape[0] > 2 * height or image.shape[1] > 2 * width
    method = cv2.INTER_AREA if skips else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)


def _grid(count: int, frame: tuple[int, int]) -> tuple[int, int]:
    """Return rows and columns for some panels.

    >>> _grid(1, (720, 1280)), _grid(2, (720, 1280)), _grid(3, (720, 1280)), _grid(3, (1280, 720))
    ((1, 1), (1, 2), (2, 2), (1, 3))
    """

    def distance(columns: int) -> float:
        rows = math.ceil(count / columns)
        return abs(math.log(columns * frame[1] / (rows * frame[0]) / WIDE))

    columns = min(range(1, count + 1), key=lambda number: (distance(number), -number))
    return math.ceil(count / columns), columns


def _title(name: str, width: int, text: int) -> Pixels:
    """Draw a model's name in one line, cut if it is too long."""
    font, height = ImageFont.load_default(text), text * 8 // 5
    image = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(image)
    room = width - text
    if draw.textlength(name, font) > room:
        while name and draw.textlength(f"{name}...", font) > room:
            name = name[:-1]
        name = f"{name}..."
    draw.text((text // 2, height // 2), name, _TEXT, font, anchor="lm")
    return np.asarray(image)


def _legend(space: LabelSpace, width: int, text: int) -> Pixels:
    """Draw a square of its colour and the name of each class that can be predicted, in as many lines as they need."""
    font, line = ImageFont.load_default(text), text * 8 // 5
    measure = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    places: list[tuple[int, int, int]] = []
    left, top = text // 2, 0
    for index in space.scored:
        needed = math.ceil(text * 1.4 + measure.textlength(space.names[index], font) + text)
        if left + needed > width and left > text // 2:
            left, top = text // 2, top + line
        places.append((index, left, top))
        left += needed
    image = Image.new("RGB", (width, top + line), _GROUND)
    draw = ImageDraw.Draw(image)
    for index, left, top in places:
        middle = top + line // 2
        box = (left, middle - text // 2, left + text, middle + text // 2)
        draw.rectangle(box, space.colours[index], outline=_TEXT)
        draw.text((left + round(text * 1.4), middle), space.names[index], _TEXT, font, anchor="lm")
    return np.asarray(image)
