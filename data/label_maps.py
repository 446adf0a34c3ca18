"""Operations on label maps, ``(H, W)`` uint8 class ids: resize, count, save as a PNG, lay over an image."""

import io
import zlib

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.label_space import LabelSpace
from data.row_chunks import row_chunks

_ROW_DIFFERENCES = (cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP)
_RUN_LENGTHS = (cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)


def resize_nearest(labels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return a label map resized to ``(height, width)`` by nearest neighbour, as a new array.

    Each target pixel takes the label of the source pixel that its centre falls into.

    >>> resize_nearest(np.array([[1, 2]], np.uint8), 2, 7)
    array([[1, 1, 1, 2, 2, 2, 2],
           [1, 1, 1, 2, 2, 2, 2]], dtype=uint8)
    """
    # Neither of OpenCV's: INTER_NEAREST takes the corner of each target pixel, which shifts the mask against the image;
    # INTER_NEAREST_EXACT rounds the scale, so that centres on or near the edge of a source pixel fall to its neighbour.
    rows, columns = _nearest(labels.shape[0], height), _nearest(labels.shape[1], width)
    if labels.shape[0] * width < height * labels.shape[1]:  # less to write in between
        return labels.take(columns, axis=1)[rows]
    return labels[rows].take(columns, axis=1)


def label_histogram(labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the number of pixels with each value, ``(256,)``.

    >>> label_histogram(np.array([[2, 0], [2, 2]], np.uint8))[:4].tolist()
    [1, 0, 3, 0]
    """
    counts = np.zeros(256, np.int64)
    for rows in row_chunks(labels.shape):
        # Many times faster than NumPy. It counts in float32, which is exact up to 2**24 pixels.
        counts += cv2.calcHist([labels[rows]], [0], None, [256], [0, 256]).ravel().astype(np.int64)
    return counts


def palette_png(
    labels: NDArray[np.uint8], label_space: LabelSpace, *, transparent: int | None = None, optimize: bool = False
) -> bytes:
    """Encode a label map as an 8-bit PNG with the label space's palette; the value ``transparent`` is transparent."""
    image, content = Image.fromarray(labels), io.BytesIO()
    image.putpalette(label_space.palette().tobytes())
    options = {} if transparent is None else {"transparency": transparent}
    image.save(content, "PNG", bits=8, optimize=optimize, **options)
    return content.getvalue()


def quick_palette_png(labels: NDArray[np.uint8], label_space: LabelSpace) -> bytes:
    """Encode a label map as ``palette_png`` does, in a third of its time and about as many bytes."""
    # OpenCV writes grey values only: the header that says so is replaced, and the palette put behind it.
    grey = cv2.imencode(".png", labels, [*_ROW_DIFFERENCES, *_RUN_LENGTHS])[1].tobytes()
    signature, size, settings, rest = grey[:8], grey[16:24], grey[26:29], grey[33:]
    header = _png_chunk(b"IHDR", size + bytes([8, 3]) + settings)  # 8 bits, colours of a palette
    return signature + header + _png_chunk(b"PLTE", label_space.palette().tobytes()) + rest


def overlay(
    image: NDArray[np.uint8], labels: NDArray[np.uint8], label_space: LabelSpace, opacity: float
) -> NDArray[np.uint8]:
    """Blend the colours of a label map over its image, ``(H, W, 3)`` RGB; void pixels show the image alone.

    ``opacity`` is the weight of the label map, 0 to 1.
    """
    palette, blended = label_space.palette()[:, None], np.empty_like(image)
    for rows in row_chunks(image.shape):
        colours = cv2.applyColorMap(labels[rows], palette)  # a tenth of the time of NumPy's indexing
        blended[rows] = cv2.addWeighted(image[rows], 1 - opacity, colours, opacity, 0)
        if label_space.void is not None:
            void = labels[rows] == label_space.void
            blended[rows][void] = image[rows][void]
    return blended


def _nearest(source: int, target: int) -> NDArray[np.intp]:
    """Return, for each of ``target`` pixels, the one of ``source`` pixels its centre falls into, in exact integers."""
    return (2 * np.arange(target) + 1) * source // (2 * target)


def _png_chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + name + content + zlib.crc32(name + content).to_bytes(4)
