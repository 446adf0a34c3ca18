"""Measure how time and memory grow with the input: ``python -m tools.growth [TASK ...]``.

Each task is measured at several sizes of one input: megapixels of a picture, models, classes, or images of a dataset.
A line through the logarithms says with which power of the size its time and its memory grow; where that exceeds
``MOST``, over all sizes or between the last two, the row says so. Time is that of the processor, of all threads: other
load on the machine hardly matters to it. Memory is the most that Python and NumPy had reserved at a time during one
call; engines' own memory is not part of it.
"""

import gc
import os
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from models.inference import cpu
from tools import growth_tasks
from tools.growth_tasks import TASKS, Task

MOST = 1.1
"""The largest exponent that counts as growing like the input."""
SECONDS, CALLS = 1.0, 5
"""A task is repeated until it worked so long or was called so often, and the shortest time counts."""


@dataclass(frozen=True)
class Growth:
    """The shortest seconds of a task and its megabytes at each of some sizes."""

    sizes: tuple[float, ...]
    seconds: tuple[float, ...]
    megabytes: tuple[float, ...]

    @property
    def exponents(self) -> tuple[float, float]:
        """With which power of the size the time grows: over all sizes, and between the last two."""
        return exponent(self.sizes, self.seconds), exponent(self.sizes[-2:], self.seconds[-2:])

    @property
    def memory_exponents(self) -> tuple[float, float]:
        """The same for the memory."""
        return exponent(self.sizes, self.megabytes), exponent(self.sizes[-2:], self.megabytes[-2:])

    @property
    def faster(self) -> list[str]:
        """What of time and memory grows faster than the input."""
        found = {"time": self.exponents, "memory": self.memory_exponents}
        return [name for name, exponents in found.items() if max(exponents) > MOST]


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of the least-squares line through the logarithms.

    >>> round(exponent([1, 10, 100], [3, 30 * 10, 300 * 100]), 6)
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def grown(task: Task, sizes: Sequence[float]) -> Growth:
    """Measure a task at some sizes, two or more."""
    seconds, megabytes = zip(*(_measured(task.prepare(size)) for size in sizes), strict=True)
    return Growth(tuple(sizes), seconds, megabytes)


def _measured(call: Callable[[], object]) -> tuple[float, float]:
    """Return the shortest seconds of a call, and its megabytes."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    call()
    most = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    times: list[float] = []
    while len(times) < CALLS and sum(times) < SECONDS:
        start = time.process_time()
        call()
        times.append(max(time.process_time() - start, time.get_clock_info("process_time").resolution))
    return min(times), max(most, 1) / 1e6


def row(title: str, growth: Growth) -> str:
    """Return what was measured of a task as a row in Markdown."""
    times = ", ".join(f"{1000 * value:,.{1 if value < 0.1 else 0}f}" for value in growth.seconds)
    slopes = " / ".join(f"{value:.2f}" for value in growth.exponents)
    memory = " / ".join(f"{value:.2f}" for value in growth.memory_exponents)
    faster = f"{' and '.join(growth.faster)} faster than the input" if growth.faster else ""
    return f"| {title} | {times} | {slopes} | {growth.megabytes[-1]:,.1f} | {memory} | {faster} |"


def main() -> int:
    """Measure the tasks and print their rows."""
    parser = ArgumentParser(prog="python -m tools.growth", description="Measure how time and memory grow.")
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(TASKS)} (default: all)")
    parser.add_argument("--most", type=float, help="leave out larger sizes, for a first look")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.tasks if name not in TASKS]:
        raise UserError(f"there is no task {unknown[0]!r}; there are {', '.join(TASKS)}")
    print(f"{cpu.name()}, {os.cpu_count()} cores")
    shown = ""
    for name in arguments.tasks or TASKS:
        task = TASKS[name]
        sizes = [size for size in task.sizes if arguments.most is None or size <= arguments.most]
        if len(sizes) < 2:
            raise UserError(
                f"--most {arguments.most:g}: leaves less than two sizes of {name}; it starts at {task.sizes[:2]}"
            )
        if task.unit != shown:
            shown = task.unit
            told = ", ".join(f"{size:,g}" for size in sizes)
            print(f"\n| By {shown}: {told} | ms of processor time | exponent | MB at most | exponent | |")
            print("|---|---|---|---:|---|---|", flush=True)
        print(row(task.title, grown(task, sizes)), flush=True)
    growth_tasks.forget()
    return 0


if __name__ == "__main__":
    run(main)
