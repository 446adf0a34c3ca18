"""Which pixels of an image are lit, and which images have most of them: those of a confusion, or of a confidence."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data.label_space import LabelSpace
from models.analysis.saved_predictions import SavedPredictions, bin_of
from models.metrics.calibration import BINS
from pages.shared.content.scores import Scores

COLOURS = ("#56b4e9", "#e69f00", "#202020")
"""Of two kinds of lit pixels, and of what dims all others."""
RIGHT_OR_WRONG = LabelSpace(("right", "wrong", "other pixels"), COLOURS)

Panel = tuple[NDArray[np.uint8], LabelSpace]
"""Ids ``(H, W)`` and the label space they belong to."""


class Shown(Protocol):
    """An image to show."""

    @property
    def id(self) -> str:
        """Its id in the split."""

    @property
    def caption(self) -> str:
        """The text below its strip."""

    @property
    def row(self) -> dict[str, Any]:
        """Its row in a table, where there are no pictures."""


@dataclass(frozen=True)
class Pixels:
    """What is known of an image's pixels ``(H, W)``: true and predicted ids of ``space``, and the confidence.

    The confidence is in the steps of ``SavedPredictions.confidence``, or None if it is not known.
    """

    truth: NDArray[np.uint8]
    predicted: NDArray[np.uint8]
    space: LabelSpace
    steps: NDArray[np.uint8] | None = None

    @property
    def scored(self) -> NDArray[np.bool_]:
        """The pixels that are scored, ``(H, W)``."""
        return np.isin(self.truth, self.space.scored)


class Lit(Protocol):
    """Some of the pixels of a split."""

    def legends(self, space: LabelSpace) -> list[LabelSpace]:
        """Return what the colours mean, where ``space`` has the scored classes."""

    @property
    def shown(self) -> str:
        """What the last part of a strip shows, to end "truth and ..." with, before the name of the model."""

    def panels(self, pixels: Pixels) -> tuple[Panel, Panel]:
        """Return the truth and the prediction of an image as they are to be drawn."""


@dataclass(frozen=True)
class Everything:
    """All pixels, in the colours of their classes."""

    shown: str = "the prediction"

    def legends(self, space: LabelSpace) -> list[LabelSpace]:
        """Return the classes themselves."""
        return [space]

    def panels(self, pixels: Pixels) -> tuple[Panel, Panel]:
        """Return the truth and the prediction themselves."""
        return (pixels.truth, pixels.space), (pixels.predicted, pixels.space)


@dataclass(frozen=True)
class Pair:
    """The pixels of the class ``truth`` that are taken for the class ``taken``: one cell of the confusion matrix."""

    truth: str
    taken: str

    @property
    def legend(self) -> LabelSpace:
        """The true class in one colour, what it is taken for in another."""
        names = (f"truth: {self.truth}", f"prediction: {self.taken}")
        return LabelSpace((*names, "other pixels"), COLOURS)

    def legends(self, space: LabelSpace) -> list[LabelSpace]:
        """Return the legend of both parts."""
        return [self.legend]

    @property
    def shown(self) -> str:
        """What the last part of a strip shows."""
        return f"the pixels of {self.truth} taken for {self.taken}"

    def mask(self, pixels: Pixels) -> NDArray[np.bool_]:
        """Return which pixels are lit, ``(H, W)``."""
        space = pixels.space
        return (pixels.truth == space.id_of(self.truth)) & (pixels.predicted == space.id_of(self.taken))

    def panels(self, pixels: Pixels) -> tuple[Panel, Panel]:
        """Light the pixels in both, each in its colour."""
        lit = self.mask(pixels)
        truth, taken = (np.where(lit, np.uint8(ident), np.uint8(2)) for ident in (0, 1))
        return (truth, self.legend), (taken, self.legend)

    def ranked(self, one: Scores, saved: SavedPredictions, most: int) -> list["PairImage"]:
        """Return up to ``most`` images with such pixels, those with most of them first."""
        names, cells = one.counts.classes, saved.cells
        row, column = names.index(self.truth), names.index(self.taken)
        here = (cells.truth == row) & (cells.predicted == column)
        images, pixels = cells.image[here], cells.pixels[here]
        true = one.counts.counts[0, :, row] + one.counts.counts[2, :, row]
        order = np.argsort(-pixels, kind="stable")[:most]
        return [
            PairImage(saved.ids[images[index]], self, int(pixels[index]), float(pixels[index] / true[images[index]]))
            for index in order
        ]


@dataclass(frozen=True)
class PairImage:
    """An image with pixels of a pair: how many, and their share of the true class in it."""

    id: str
    pair: Pair
    pixels: int
    share: float

    @property
    def caption(self) -> str:
        """The text below its strip."""
        what = "found" if self.pair.truth == self.pair.taken else f"taken for {self.pair.taken}"
        return f"{self.id}: {self.pixels:,} pixels of {self.pair.truth} {what} ({self.share:.1%})"

    @property
    def row(self) -> dict[str, Any]:
        """Its row in a table."""
        return {"Image": self.id, "Pixels": self.pixels, "Share": self.share}


@dataclass(frozen=True)
class Bin:
    """The scored pixels whose confidence is in one bin of the reliability diagram, from 0 to 14."""

    index: int

    @property
    def name(self) -> str:
        """The bin as the range of its confidence."""
        return f"{self.index / BINS:.2f} to {(self.index + 1) / BINS:.2f}"

    def legends(self, space: LabelSpace) -> list[LabelSpace]:
        """Return the legend of the last part, and that of the truth."""
        return [RIGHT_OR_WRONG, space]

    @property
    def shown(self) -> str:
        """What the last part of a strip shows."""
        return f"the pixels of confidence {self.name}"

    def panels(self, pixels: Pixels) -> tuple[Panel, Panel]:
        """Show the truth itself, and light the pixels by whether they are right."""
        if pixels.steps is None:
            raise ValueError("the confidence of the image is not known")
        here = pixels.scored & (bin_of(pixels.steps) == self.index)
        right = pixels.truth == pixels.predicted
        kinds = np.where(here, np.where(right, np.uint8(0), np.uint8(1)), np.uint8(2))
        return (pixels.truth, pixels.space), (kinds, RIGHT_OR_WRONG)

    def ranked(self, one: Scores, saved: SavedPredictions, most: int) -> list["BinImage"]:
        """Return up to ``most`` images with such pixels, those with most wrong ones first."""
        pixels, right = saved.bin_pixels[:, self.index], saved.bin_correct[:, self.index]
        order = np.lexsort((-pixels, right - pixels))[:most]
        return [
            BinImage(saved.ids[index], self.name, int(pixels[index] - right[index]), int(pixels[index]))
            for index in order
            if pixels[index] > 0
        ]


@dataclass(frozen=True)
class BinImage:
    """An image with pixels of a bin: how many of them are wrong."""

    id: str
    name: str
    wrong: int
    pixels: int

    @property
    def caption(self) -> str:
        """The text below its strip."""
        return f"{self.id}: {self.wrong:,} of {self.pixels:,} pixels of confidence {self.name} are wrong"

    @property
    def row(self) -> dict[str, Any]:
        """Its row in a table."""
        return {"Image": self.id, "Wrong pixels": self.wrong, "Pixels": self.pixels}
