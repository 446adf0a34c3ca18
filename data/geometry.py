"""Letterboxing: where an image lies inside a network's input, and resizing to it and back.

Coordinates follow the half-pixel convention: the centre of pixel ``i`` is at ``i + 0.5``, so an image and its resized
version cover exactly the same area and nothing shifts.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from data.label_maps import resize_nearest
from data.label_space import IGNORE

PADDING = 114
"""Grey value around a letterboxed image: near the mean of photographs, so that the edge is a weak signal."""


THIN = 4
"""An image this many times narrower than its place in the network's input is resized to its width first."""


@dataclass(frozen=True)
class Letterbox:
    """Where an image lies inside a network's input, in whole pixels of that input.

    ``image`` and ``network`` are the heights and widths of the image and of the input. ``top`` and ``left`` are the
    first row and column that show the image; ``height`` and ``width``, each at least 1, say how many do.
    """

    image: tuple[int, int]
    network: tuple[int, int]
    top: int
    left: int
    height: int
    width: int

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and columns of the network's input that show the image."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def letterbox(
    image_size: tuple[int, int], network_size: tuple[int, int], resize: Literal["stretch", "letterbox"]
) -> Letterbox:
    """Place an image inside a network's input; sizes are height and width.

    ``stretch`` fills the input and changes the aspect ratio; ``letterbox`` keeps the ratio, centres the image and pads
    the rest. Each side keeps at least one pixel, however narrow the image is.
    """
    (image_height, image_width), (height, width) = image_size, network_size
    if resize == "letterbox":
        scale = min(height / image_height, width / image_width)
        height = min(max(round(image_height * scale), 1), height)
        width = min(max(round(image_width * scale), 1), width)
    top, left = (network_size[0] - height) // 2, (network_size[1] - width) // 2
    return Letterbox(image_size, network_size, top, left, height, width)


def image_to_network(image: NDArray[np.uint8], box: Letterbox, padding: int = PADDING) -> NDArray[np.uint8]:
    """Resize an image ``(H, W, 3)`` into a network's input ``(h, w, 3)``, with the grey value ``padding`` around it.

    It averages areas where the image shrinks and is bilinear where it grows. A much larger image is first ``halved``,
    because OpenCV averages 2x2 pixels far faster than other areas.
    """
    shown = _resize_image(halved(image, 4 * box.height, 4 * box.width), box.height, box.width)
    if (box.height, box.width) == box.network:
        return shown
    network = np.full((*box.network, 3), padding, np.uint8)
    network[box.window] = shown
    return network


def halved(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Halve an image ``(H, W, 3)``, by the mean of 2x2 pixels, while its sides are even and it stays this large."""
    rows, columns = image.shape[:2]
    while rows % 2 == columns % 2 == 0 and rows >= 2 * height and columns >= 2 * width:
        rows, columns = rows // 2, columns // 2
        image = np.asarray(cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
    return image


def mask_to_network(mask: NDArray[np.uint8], box: Letterbox) -> NDArray[np.uint8]:
    """Resize a mask ``(H, W)`` into a network's input ``(h, w)`` by nearest neighbour, with ``IGNORE`` around it."""
    network = np.full(box.network, IGNORE, np.uint8)
    network[box.window] = resize_nearest(mask, box.height, box.width)
    return network


def scores_to_image(scores: NDArray[np.float32], box: Letterbox, rows: slice) -> NDArray[np.float32]:
    """Resize a network's scores ``(h, w, C)`` to some rows of the image, ``(rows, W, C)``, bilinearly.

    Padding is cut off first, so it does not affect the image's edge. Edges are clamped, and scores are not smoothed
    where the image is smaller than the network's input. The result equals the same rows of the whole up to rounding, so
    a large image can be computed row chunk by row chunk in little memory. A step in ``rows`` is not supported.
    """
    image_height, image_width = box.image
    start, stop, _ = rows.indices(image_height)
    if stop <= start:
        return np.zeros((0, image_width, scores.shape[2]), np.float32)
    shown = scores[box.window]  # (height, width, C)
    if image_width < box.width // THIN:
        narrow = cv2.resize(shown, (image_width, box.height), interpolation=cv2.INTER_LINEAR)
        shown = np.asarray(narrow, np.float32).reshape(box.height, image_width, scores.shape[2])
    position = (np.arange(start, stop) + 0.5) * (box.height / image_height) - 0.5
    position = np.clip(position, 0, box.height - 1)
    upper = position.astype(np.intp)  # the last row itself where that is reached: its scores must not be rounded
    lower = np.minimum(upper + 1, box.height - 1)
    share = (position - upper).astype(np.float32)[:, None, None]
    # Vertical first, while the stripe is narrow; OpenCV then writes the wide result only once.
    stripe = shown[upper]
    stripe += (shown[lower] - stripe) * share  # (rows, width, C)
    if stripe.shape[1] == image_width:
        return stripe
    wide = cv2.resize(stripe, (image_width, stop - start), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, np.float32).reshape(stop - start, image_width, scores.shape[2])


def _resize_image(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Resize ``(H, W, 3)`` to ``(height, width, 3)``, averaging along axes that shrink, bilinear along others."""
    # OpenCV averages areas only if neither axis grows, so axes that shrink are resized first, on their own.
    shrunk = min(image.shape[0], height), min(image.shape[1], width)
    if shrunk != image.shape[:2]:
        image = np.asarray(cv2.resize(image, shrunk[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    if shrunk != (height, width):
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return image
