"""What a soak has seen."""

import statistics
from collections import Counter
from dataclasses import dataclass, field

WARM_UP = 600.0
"""Seconds after which the memory should have settled."""


@dataclass
class Report:
    """What was seen: times in seconds, memory in bytes with the seconds since the start."""

    masks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    busy: float = 0.0
    """Cores that the server kept busy on average."""
    done: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def growth(self) -> float | None:
        """Return by what share the memory grew since it had settled; None if the run was too short."""
        settled = [memory for when, memory in self.memory if WARM_UP <= when <= WARM_UP + 120]
        last = [memory for when, memory in self.memory if when >= self.memory[-1][0] - 120]
        return statistics.median(last) / statistics.median(settled) - 1 if settled else None

    def lines(self) -> list[str]:
        """Return the report in Markdown."""
        growth = self.growth()
        masks = sorted(self.masks) or [float("nan")]
        middle, most = statistics.median(masks), masks[int(0.95 * (len(masks) - 1))]
        grown = "the run was too short to tell" if growth is None else f"{growth:+.1%}"
        peak = max((memory for _, memory in self.memory), default=0)
        done = ", ".join(f"{count:,} {what}" for what, count in sorted(self.done.items()))
        return [
            f"- done: {done}",
            f"- upload to masks: median {middle:.2f} s, p95 {most:.2f} s, worst {masks[-1]:.2f} s",
            f"- longest silence of the server: {max(self.answers, default=0):.2f} s",
            f"- the server kept {self.busy:.2f} cores busy",
            f"- memory: at most {peak / 1e6:.0f} MB; growth after ten minutes: {grown}",
            f"- problems: {len(self.problems)}",
        ]
