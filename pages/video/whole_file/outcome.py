"""The results of a clip as they are drawn: read once, curves thinned out to what a chart can show."""

import base64
from dataclasses import dataclass, field, replace
from itertools import starmap
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from configs import limits
from data import video
from models.metrics.temporal import CUT
from models.video import results
from models.video.results import Moment, Summary
from pages.shared.ui.private_files import PrivateFile

MOST = 400
"""Points of a curve."""
STILL_PIXELS = 1 << 28
"""Pixels of a comparison's frame, at most.

The file is our own, and visitors' limits are not for it: names and legends are added to what its sides are limited to,
so 150 classes make a frame of 1920 × 1080 pixels 3392 high.
"""
COMPARISON = "comparison.mp4"

Curve: TypeAlias = pd.DataFrame
"""A curve with the columns ``time`` in seconds and ``value``."""


@dataclass
class Outcome:
    """What came of a clip.

    Attributes:
        folder: Where it lies.
        name: Of the clip, without its suffix.
        summary: The figures in brief.
        consistency: The curve of each model; nothing where the scene was cut.
        agreement: The curve of each pair of models, called "A and B".
        files: Those that have been offered for saving, by what they are.
    """

    folder: Path
    name: str
    summary: Summary
    consistency: dict[str, Curve]
    agreement: dict[str, Curve]
    files: dict[str, PrivateFile] = field(default_factory=dict)
    _stills: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, name: str) -> "Outcome":
        """Read the results in a folder. Raises ``UserError`` if they can't be read."""
        values, compared = (results.steadiness(folder, measure) for measure in ("consistency", "compared"))
        consistency = {
            model: thinned(times, np.where(compared[model][1] >= CUT, value, np.nan))
            for model, (times, value) in values.items()
        }
        pairs = {f"{first} and {second}": curve for (first, second), curve in results.agreements(folder).items()}
        agreement = dict(zip(pairs, starmap(thinned, pairs.values()), strict=True))
        return cls(folder, name, results.load(folder), consistency, agreement)

    def still(self, moment: Moment) -> str:
        """Return the address of the comparison's picture at a moment, which holds the whole JPEG.

        So it never enters Streamlit's store, which others may read. Raises ``UserError`` if it can't be decoded.
        """
        if moment.frame not in self._stills:
            own = replace(limits.clips(), pixels=STILL_PIXELS)
            pixels = video.still(self.folder / COMPARISON, moment.time, own)
            content = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
            self._stills = {moment.frame: f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"}
        return self._stills[moment.frame]


def thinned(times: NDArray[np.float64], values: NDArray[np.float64]) -> Curve:
    """Return a curve of at most ``MOST`` points, each the mean of as many consecutive ones.

    >>> thinned(np.arange(800.0), np.arange(800.0)).iloc[0].tolist()
    [0.5, 0.5]
    """
    table = pd.DataFrame({"time": times, "value": values})
    together = -(-len(table) // MOST)
    return table if together <= 1 else table.groupby(np.arange(len(table)) // together).mean()
