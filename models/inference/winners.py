"""Which class wins at each pixel of an image, from a network's scores, as bilinear resizing of all of them would say.

Between four neighbouring scores of a class, bilinear interpolation stays between the lowest and the highest. So a class
that wins at all four corners of such a cell wins everywhere in it. Only the cells along the borders of regions are
interpolated, for the classes that may win there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from data.geometry import Letterbox, scores_to_image

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
Number = TypeVar("Number", bound=np.generic)

BATCH = 1 << 17
"""Pixels that are interpolated at a time, so that they stay in the processor's cache."""

LEAST_PIXELS = 8
"""Pixels of the image per cell from which on it may be faster to leave cells out."""

CELL, PIXEL = 1000, 25
"""What an undecided cell takes, and each pixel in it, if resizing one class takes 1 per pixel; measured."""


@dataclass(frozen=True)
class Positions:
    """Where some rows or columns of the image lie among those of the scores, ``(n,)`` each."""

    before: Indices
    share: Floats
    """How far they are on the way from ``before`` to the next one."""

    @classmethod
    def of(cls, start: int, stop: int, size: int, scores: int) -> "Positions":
        """Place the pixels from ``start`` to ``stop`` of ``size`` along an axis that has some ``scores``."""
        position = np.clip((np.arange(start, stop) + 0.5) * (scores / size) - 0.5, 0, scores - 1)
        before = position.astype(np.intp)
        return cls(before, (position - before).astype(np.float32))

    @cached_property
    def starts(self) -> Indices:
        """The first pixel of each cell, by the cell's number, and then the number of pixels, ``(cells + 1,)``."""
        return np.searchsorted(self.before, np.arange(self.before[-1] + 2))

    @cached_property
    def most(self) -> int:
        """The most pixels in a cell."""
        return int(np.diff(self.starts).max())

    def inside(self, cells: Indices) -> Indices:
        """Return the pixels in each of some cells, ``(n, most)``; where a cell has fewer, its last one fills up."""
        starts = self.starts
        return np.minimum(starts[cells][:, None] + np.arange(self.most), starts[cells + 1][:, None] - 1)


@dataclass(frozen=True)
class Cells:
    """Cells between neighbouring scores, by their upper left ones, ``(n,)`` each, row after row.

    The last row and column of scores begin cells, too: beyond them, the scores stay the same.
    """

    over: Indices
    along: Indices
    shape: tuple[int, int]
    """Height and width of the scores."""

    @classmethod
    def undecided(cls, winners: NDArray[np.uint8]) -> "Cells":
        """Return the cells at whose corners not the same class wins; ``winners`` ``(h, w)``."""
        differs = np.zeros(winners.shape, np.bool_)
        across, down = winners[:, 1:] != winners[:, :-1], winners[1:] != winners[:-1]
        differs[:, :-1] |= across
        differs[:-1, :-1] |= across[1:]
        differs[:-1] |= down
        differs[:-1, :-1] |= down[:, 1:]
        over, along = np.nonzero(differs)
        return cls(over, along, (winners.shape[0], winners.shape[1]))

    @cached_property
    def corners(self) -> Indices:
        """Where in a flattened plane the corners are: upper left and right, lower left and right, ``(n, 4)``."""
        height, width = self.shape
        across = np.stack([self.along, np.minimum(self.along + 1, width - 1)], axis=1)
        down = np.stack([self.over, np.minimum(self.over + 1, height - 1)], axis=1)
        return (down[:, :, None] * width + across[:, None]).reshape(-1, 4)


@dataclass(frozen=True)
class Candidates:
    """The classes that may win in each of ``n`` cells, by their indices, ascending, one cell after another."""

    classes: Indices
    starts: Indices
    """Where each cell's classes begin, ``(n,)``."""
    counts: Indices
    """How many each cell has, ``(n,)``, at least 1."""

    @classmethod
    def of(cls, planes: Floats, winners: NDArray[np.uint8], corners: Indices) -> "Candidates":
        """Find the classes that may reach what wins for certain, from ``planes`` ``(C, h, w)`` and ``Cells.corners``.

        The winner has at least the mean score of the classes that win at the corners, and at least the lowest corner of
        any class.
        """
        won, certain = winners.ravel().take(corners), np.full(len(corners), -np.inf, np.float32)
        mean = np.zeros(corners.shape, np.float32)
        for index, plane in enumerate(planes):
            scores = plane.ravel().take(corners)
            np.maximum(certain, scores.min(axis=1), out=certain)
            mean += scores * ((won == index).sum(axis=1, dtype=np.float32) / 4)[:, None]
        np.maximum(certain, mean.min(axis=1), out=certain)
        certain -= np.abs(certain) * np.float32(1e-5)  # rounding must not leave out a class
        possible = np.stack([plane.ravel().take(corners).max(axis=1) >= certain for plane in planes], axis=1)  # (n, C)
        possible[np.arange(len(won)), won[:, 0]] = True  # also where scores are not numbers
        counts = possible.sum(axis=1, dtype=np.intp)
        return cls(np.nonzero(possible)[1], np.cumsum(counts) - counts, counts)


class Winners:
    """Decides pixels row by row; several threads may ask for rows at the same time."""

    def __init__(self, ids: Sequence[int], planes: Floats, box: Letterbox) -> None:
        """Prepare to decide between the classes ``ids``; ``planes`` ``(C, h, w)`` are their scores in the ``box``."""
        self._ids, self._planes, self._image = np.array(ids, np.uint8), planes, box.image
        height, width = box.image
        roomy = height >= box.height and width >= box.width and height * width >= LEAST_PIXELS * planes[0].size
        self._by_cells = roomy and len(ids) > 1
        if not self._by_cells:
            return
        won, self._best = _highest([planes[0].copy(), *planes[1:]], range(len(ids)))
        self._cells = Cells.undecided(won)
        pixels = height * width
        cost = len(self._cells.over) * (CELL + PIXEL * pixels / won.size)
        self._by_cells = cost < len(ids) * pixels
        if self._by_cells:
            self._columns = Positions.of(0, width, width, box.width)
            self._wide = self._ids[won].take(self._columns.before, axis=1)  # (h, W)
            self._candidates = Candidates.of(planes, won, self._cells.corners)

    def rows(self, rows: slice) -> tuple[NDArray[np.uint8], Floats]:
        """Return the id with the highest score at each pixel in some rows of the image, and the score, ``(rows, W)``.

        In a tie the lower id wins.
        """
        if not self._by_cells:
            return _highest((self._resized(plane, rows) for plane in self._planes), self._ids.tolist())
        start, stop, _ = rows.indices(self._image[0])
        best = self._resized(self._best, rows)
        positions = Positions.of(start, stop, self._image[0], self._best.shape[0])
        labels = self._wide[positions.before]
        for pixels, winner, highest in self._borders(positions) if stop > start else ():
            labels.reshape(-1)[pixels] = self._ids[winner]
            best.reshape(-1)[pixels] = highest
        return labels, best

    def _resized(self, plane: Floats, rows: slice) -> Floats:
        height, width = plane.shape
        box = Letterbox(self._image, (height, width), 0, 0, height, width)
        return scores_to_image(plane[..., None], box, rows)[..., 0]

    def _borders(self, rows: Positions) -> Iterator[tuple[Indices, NDArray[np.uint8], Floats]]:
        """Yield the pixels of undecided cells, counted along ``rows``, and who wins there with what, ``(n, y, x)``."""
        cells, columns = self._cells, self._columns
        begin, end = np.searchsorted(cells.over, (rows.before[0], rows.before[-1] + 1)).tolist()
        step = max(1, BATCH // (rows.most * columns.most))
        for at in range(begin, end, step):
            part = np.arange(at, min(at + step, end))
            down, across = rows.inside(cells.over[part]), columns.inside(cells.along[part])
            pixels = (down * self._image[1])[:, :, None] + across[:, None]
            yield pixels, *self._interpolated(part, rows.share[down], columns.share[across])

    def _interpolated(self, cells: Indices, down: Floats, across: Floats) -> tuple[NDArray[np.uint8], Floats]:
        """Return the winners' indices and scores in some cells, at shares ``(n, y)`` down and ``(n, x)`` across."""
        candidates, corners = self._candidates, self._cells.corners[cells]
        starts, counts = candidates.starts[cells], candidates.counts[cells]
        shape = (len(cells), down.shape[1], across.shape[1])
        winner, best = np.zeros(shape, np.uint8), np.full(shape, -np.inf, np.float32)
        for rank in range(int(counts.max())):
            some: Indices | slice = np.flatnonzero(counts > rank) if rank > 1 else slice(None)  # almost all have two
            classes = candidates.classes[starts[some] + np.minimum(rank, counts[some] - 1)]
            places = corners[some] + (classes * self._best.size)[:, None]
            found = _bilinear(self._planes.reshape(-1).take(places), down[some], across[some])
            winner[some] = np.where(found > best[some], classes.astype(np.uint8)[:, None, None], winner[some])
            best[some] = np.maximum(found, best[some])
        return winner, best


def _highest(planes: Iterable[Floats], ids: Sequence[int]) -> tuple[NDArray[np.uint8], Floats]:
    """Return the id of the highest of some planes at each pixel, the lowest in a tie, and the highest itself.

    Works plane by plane: NumPy's argmax over the last axis of ``(H, W, C)`` takes five times as long. The first plane
    is overwritten.
    """
    numbered = zip(ids, planes, strict=True)
    first, best = next(numbered)
    winner = np.full(best.shape, first, np.uint8)
    for index, plane in numbered:
        won = cv2.compare(plane, best, cv2.CMP_GT).astype(np.uint8, copy=False)  # 255 where it won, else 0
        np.maximum(winner, won & np.uint8(index), out=winner)  # ids ascend, so the latest winner is the largest
        np.maximum(best, plane, out=best)
    return winner, best


def _bilinear(corners: Floats, down: Floats, across: Floats) -> Floats:
    """Interpolate between ``corners`` ``(n, 4)`` at shares ``(n, y)`` of the way down and ``(n, x)`` across."""
    upper_left, upper_right, lower_left, lower_right = corners.T[..., None]
    left = upper_left + (lower_left - upper_left) * down  # (n, y)
    right = upper_right + (lower_right - upper_right) * down
    found = (right - left)[:, :, None] * across[:, None]
    found += left[:, :, None]
    return np.asarray(found, np.float32)
