"""Random augmentation of a training image and its mask: one affine map for both, then colour for the image alone."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.schema import Augment
from data.geometry import PADDING, Letterbox
from data.label_space import IGNORE

Matrix = NDArray[np.float64]

GREY = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in grey (Rec. 601)."""

LEAST_BLUR = 0.2
"""A Gaussian blur with a smaller standard deviation, in pixels, changes nothing."""

NUDGE = 1e-6
"""Fraction of a pixel added to coordinates, so that rounding errors cannot move a centre on a pixel's edge."""


def augment(
    image: NDArray[np.uint8], mask: NDArray[np.uint8], settings: Augment, box: Letterbox, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Augment an image and its mask and bring both to the network's size.

    The geometry is that of ``box``, then flip, zoom, aspect ratio, a random position (a crop where the zoomed image is
    larger than the network's input, a placement where it is smaller) and a rotation about the centre. Every call draws
    the same number of values from ``rng``, for the same settings.

    Args:
        image: ``(H, W, 3)`` RGB.
        mask: ``(H, W)`` label ids.
        settings: Strength of each variation.
        box: Where the unaugmented image would lie in the network's input.
        rng: Source of randomness.

    Returns:
        Image ``(h, w, 3)``, ``PADDING`` outside the picture, and mask ``(h, w)``, ``IGNORE`` there. The mask is sampled
        by nearest neighbour, so no new label appears.
    """
    draw = rng.random(10)
    to_network = _affine(settings, box, draw[:6])
    inside, varied_mask = _warp_mask(mask, to_network, box.network)
    varied_image = _vary_colour(_warp_image(image, to_network, box.network), inside, settings, draw[6:])
    if settings.gamma or settings.blur:
        varied_image = _degrade(varied_image, settings, rng.random(3))
    padded = np.full_like(varied_image, PADDING)
    cv2.copyTo(varied_image, inside.view(np.uint8), padded)
    return padded, varied_mask


def _affine(settings: Augment, box: Letterbox, draw: NDArray[np.float64]) -> Matrix:
    """Return the map ``(3, 3)`` from the image's to the network's coordinates, pixel ``i`` covering ``i`` to ``i + 1``.

    ``draw`` has 6 numbers in [0, 1).
    """
    (image_height, image_width), (height, width) = box.image, box.network
    flip, zoom_at, aspect_at, angle_at, left_at, top_at = draw.tolist()
    zoom = math.exp(_between(math.log(settings.scale[0]), math.log(settings.scale[1]), zoom_at))
    stretch = math.exp(_between(-1, 1, aspect_at) * math.log1p(settings.aspect) / 2)
    shown_width, shown_height = box.width * zoom * stretch, box.height * zoom / stretch
    left, top = float(box.left), float(box.top)
    if settings.scale != (1, 1) or settings.aspect:  # otherwise the image stays where the letterbox puts it
        left, top = left_at * (width - shown_width), top_at * (height - shown_height)
    scale_x, scale_y = shown_width / image_width, shown_height / image_height
    placed = np.array([[scale_x, 0, left], [0, scale_y, top], [0, 0, 1]])
    if flip < settings.flip:
        placed = placed @ np.array([[-1, 0, image_width], [0, 1, 0], [0, 0, 1]])
    angle = math.radians(_between(-settings.rotation, settings.rotation, angle_at))
    return _rotation(angle, width / 2, height / 2) @ placed


def _rotation(angle: float, x: float, y: float) -> Matrix:
    """Return the rotation ``(3, 3)`` by ``angle`` (radians) about the point ``(x, y)``."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, -sine, x - cosine * x + sine * y], [sine, cosine, y - sine * x - cosine * y], [0, 0, 1]])


def _warp_mask(
    mask: NDArray[np.uint8], to_network: Matrix, network: tuple[int, int]
) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Return which of the network's pixels ``(h, w)`` show the picture, and the mask there by nearest neighbour."""
    # Not cv2.warpAffine: it rounds coordinates to 1/1024 pixel, so the result would differ from the plain resize.
    to_image = np.linalg.inv(to_network)
    height, width = mask.shape
    x, y = np.arange(network[1]) + 0.5, (np.arange(network[0]) + 0.5)[:, None]
    column = to_image[0, 0] * x + (to_image[0, 1] * y + (to_image[0, 2] + NUDGE))
    row = to_image[1, 0] * x + (to_image[1, 1] * y + (to_image[1, 2] + NUDGE))
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    position = row.astype(np.intp) * width + column.astype(np.intp)
    position[~inside] = mask.size
    labels = np.append(mask, np.uint8(IGNORE))
    return inside, labels.take(position, mode="clip")  # clip is faster than checking the range


def _warp_image(image: NDArray[np.uint8], to_network: Matrix, network: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the image ``(h, w, 3)`` by bilinear sampling; the edge is repeated outside the picture."""
    height, width = image.shape[:2]
    # How many image pixels one network pixel covers, along each axis of the image.
    shrink_x, shrink_y = 1 / np.hypot(*to_network[:2, 0]), 1 / np.hypot(*to_network[:2, 1])
    if max(shrink_x, shrink_y) > 2:  # bilinear sampling would skip pixels
        small_width = max(1, round(width / max(1, math.floor(shrink_x))))
        small_height = max(1, round(height / max(1, math.floor(shrink_y))))
        image = np.asarray(cv2.resize(image, (small_width, small_height), interpolation=cv2.INTER_AREA), np.uint8)
        to_network = to_network @ np.diag([width / small_width, height / small_height, 1])
    # OpenCV puts the centre of pixel i at i, not at i + 0.5.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    to_image = np.linalg.inv(half) @ np.linalg.inv(to_network) @ half
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(image, to_image[:2], network[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _vary_colour(
    image: NDArray[np.uint8], inside: NDArray[np.bool_], settings: Augment, draw: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Return the image ``(h, w, 3)`` with its brightness, contrast, saturation and hue changed.

    All four are linear in the colour, so a single 3x4 matrix applies them. Contrast is relative to the picture's mean
    grey; hue rotates the colour about the grey axis of the RGB cube.
    """
    brightness, contrast, saturation, hue = (2 * draw - 1).tolist()  # each in [-1, 1)
    if not (settings.brightness or settings.contrast or settings.saturation or settings.hue):
        return image
    saturate = 1 + settings.saturation * saturation
    colour = saturate * np.eye(3) + (1 - saturate) * GREY
    colour = colour @ _hue_rotation(2 * math.pi * settings.hue * hue)
    mean_grey = float(GREY @ cv2.mean(image, mask=inside.view(np.uint8))[:3])
    steepness = 1 + settings.contrast * contrast
    factor = 1 + settings.brightness * brightness
    offset = factor * (1 - steepness) * mean_grey
    matrix = np.column_stack([factor * steepness * colour, np.full(3, offset)])
    return np.asarray(cv2.transform(image, matrix.astype(np.float32)), np.uint8)


def _degrade(image: NDArray[np.uint8], settings: Augment, draw: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the image ``(h, w, 3)`` lighter or darker by an exponent, and half of the time blurred."""
    exponent_at, blurred, width_at = draw.tolist()
    exponent = math.exp(_between(-settings.gamma, settings.gamma, exponent_at))
    table = np.rint(255 * np.linspace(0, 1, 256) ** exponent).astype(np.uint8)
    changed = np.asarray(cv2.LUT(image, table), np.uint8)
    width = settings.blur * width_at
    if blurred >= 0.5 or width < LEAST_BLUR:
        return changed
    return np.asarray(cv2.GaussianBlur(changed, (0, 0), width, borderType=cv2.BORDER_REPLICATE), np.uint8)


def _hue_rotation(angle: float) -> Matrix:
    """Return the rotation ``(3, 3)`` of RGB about grey by ``angle`` (radians); a third of a turn permutes the three."""
    cosine, sine = math.cos(angle), math.sin(angle) / math.sqrt(3)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    return cosine * np.eye(3) + sine * cross + (1 - cosine) / 3


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share
