"""What was noted of the numbers in frames, as answered frames per second and delays."""

import bisect
import itertools
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from configs.errors import UserError

Captured = tuple[int | None, float, float]
"""A frame's number, when the camera gave it to the page, and the frame's own time, which has another origin."""
Answered = tuple[int | None, float]
"""The number in a picture with masks, and when it was shown."""


@dataclass(frozen=True)
class Measured:
    """What was measured of one page: answered frames per second, and milliseconds from the camera to the masks.

    ``unreadable`` is the share of the answers whose number could not be read.
    """

    rate: float
    median: float
    p95: float
    unreadable: float

    @classmethod
    def of(cls, captured: Sequence[Captured], answered: Sequence[Answered], loop: int) -> "Measured":
        """Summarise what a page noted. Raises ``UserError`` if fewer than two frames were answered.

        An answer that is shown again counts once. The numbers below ``loop`` repeat, so an answer belongs to the last
        frame with its number that came before it.
        """
        times = camera_times(captured, loop)
        delays: dict[float, float] = {}  # by the time at the camera
        shown = []
        for number, now in answered:
            known = [] if number is None else times[number]
            if not (before := bisect.bisect_right(known, now)):
                continue  # unreadable, or from before the measurement
            taken = known[before - 1]
            if taken not in delays:
                delays[taken] = now - taken
                shown.append(now)
        unreadable = sum(number is None for number, _ in answered)
        if len(shown) < 2:
            raise UserError(
                f"of {len(captured)} frames {len(shown)} came back, in {len(answered)} pictures, {unreadable} of them "
                "without a clear number; to measure, at least 2 have to come back"
            )
        seconds = (shown[-1] - shown[0]) / 1000
        p95 = statistics.quantiles(delays.values(), n=20)[-1]
        median = statistics.median(delays.values())
        return cls((len(shown) - 1) / seconds, median, p95, unreadable / len(answered))

    @classmethod
    def typical(cls, rounds: Sequence["Measured"]) -> "Measured":
        """Return the medians of several rounds."""
        names = ("rate", "median", "p95", "unreadable")
        return cls(*(statistics.median(getattr(one, name) for one in rounds) for name in names))

    def __str__(self) -> str:
        unread = f", {self.unreadable:.1%} unreadable" if self.unreadable else ""
        return f"{self.rate:5.1f} frames/s, delay median {self.median:4.0f} ms, 95 % within {self.p95:4.0f} ms{unread}"


def camera_times(captured: Sequence[Captured], loop: int) -> dict[int, list[float]]:
    """Return when the camera showed each number, ascending, by the clock of the page.

    The frames' own times are regular; the earliest arrival tells their origin, so that a page that was busy when a
    frame came does not seem faster for it. Frames that a busy page did not get lie evenly between those that it got.
    """
    origin = min((came - own for _, came, own in captured), default=0.0)
    known = [(number, own + origin) for number, _, own in captured if number is not None]
    times = defaultdict[int, list[float]](list)
    for number, start in known[:1]:
        times[number].append(start)
    for (number, start), (following, end) in itertools.pairwise(known):
        steps = (following - number) % loop or loop
        for step in range(1, steps + 1):
            times[(number + step) % loop].append(start + (end - start) * step / steps)
    return times
