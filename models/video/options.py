"""What can be chosen for a clip, and what comes of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Labels = Literal["png", "video", "none"]
LABELS: tuple[Labels, ...] = ("png", "video", "none")
"""How label maps are written: one palette PNG per frame, one lossless video per model, or not at all."""


@dataclass(frozen=True)
class Options:
    """How a clip is processed.

    Attributes:
        labels: How label maps are written.
        opacity: The weight of the classes' colours over the frames, 0 to 1.
        longest: The longer side of the comparison in pixels, at most.
        quality: x264's constant rate factor of the comparison; smaller is better and larger.
        segment: How many frames are written before they are safe from an interruption.
    """

    labels: Labels = "png"
    opacity: float = 0.6
    longest: int = 1920
    quality: int = 25
    segment: int = 64


@dataclass(frozen=True)
class Outcome:
    """What was written.

    Attributes:
        folder: The folder with the results.
        frames: How many frames are in them.
        resumed: How many of those were there already, from an earlier, interrupted call.
        finished: Whether the results are complete; if not, a further call continues.
        notes: What there is to know about the clip, each a sentence without its end.
    """

    folder: Path
    frames: int
    resumed: int
    finished: bool
    notes: tuple[str, ...]
