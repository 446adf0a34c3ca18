"""How an uploaded mask has to be turned to lie like its photograph, which is shown upright."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.decode import UPRIGHT

_NAMES = {
    Image.Transpose.FLIP_LEFT_RIGHT: "mirrored left to right",
    Image.Transpose.ROTATE_180: "upside down",
    Image.Transpose.FLIP_TOP_BOTTOM: "mirrored top to bottom",
    Image.Transpose.TRANSPOSE: "mirrored and turned left",
    Image.Transpose.ROTATE_270: "turned right",
    Image.Transpose.TRANSVERSE: "mirrored and turned right",
    Image.Transpose.ROTATE_90: "turned left",
}
_QUARTERS = (Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_90)


@dataclass(frozen=True)
class Turn:
    """A way to turn a mask; ``operation`` is Pillow's, or None to leave it as it is."""

    operation: Image.Transpose | None = None

    @property
    def title(self) -> str:
        """Says what is done, in a few words."""
        return "as it is" if self.operation is None else _NAMES[self.operation]

    def apply(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a label map ``(H, W)`` turned."""
        return labels if self.operation is None else np.array(Image.fromarray(labels).transpose(self.operation))


@dataclass(frozen=True)
class Turns:
    """The ways in which a mask may have to be turned; a single one is certain.

    Attributes:
        options: The turns, the likeliest first.
        default: The index of the turn to begin with, or None if none is likelier than the others.
        reason: Why there is a choice, in a sentence; empty if there is none.
    """

    options: tuple[Turn, ...]
    default: int | None = 0
    reason: str = ""


def turns(mask: tuple[int, int], picture: tuple[int, int], orientation: int) -> Turns:
    """Return the ways to turn a mask so that it has the size of its upright picture.

    Args:
        mask: Height and width of the mask; those of the picture, or exchanged.
        picture: Height and width of the picture, upright.
        orientation: The EXIF orientation with which the picture is stored.

    >>> [turn.title for turn in turns((4, 3), (3, 4), 1).options]
    ['turned right', 'turned left']
    >>> turns((3, 4), (3, 4), 6).options
    (Turn(operation=None),)
    """
    stored = UPRIGHT.get(orientation)
    swaps = orientation >= 5
    sizes = f"the mask is {mask[1]}x{mask[0]}, but its picture {picture[1]}x{picture[0]} (width x height)"
    if mask == picture:
        if stored is None or (swaps and picture[0] != picture[1]):
            return Turns((Turn(),))
        reason = "The photograph is stored turned, and the mask may have been made for it as it is stored."
        return Turns((Turn(), Turn(stored)), 0, reason)
    if stored is not None and swaps:
        others = (Turn(operation) for operation in _QUARTERS if operation != stored)
        reason = f"The photograph is stored turned and {sizes}: it is turned like the photograph."
        return Turns((Turn(stored), *others), 0, reason)
    return Turns(tuple(Turn(operation) for operation in _QUARTERS), None, f"{sizes[0].upper()}{sizes[1:]}.")
