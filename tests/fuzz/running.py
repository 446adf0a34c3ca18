"""Run inputs in child processes, so that a crash or a hang is a finding and not the end."""

import json
import os
import shutil
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from pathlib import Path
from random import Random
from typing import Any

from configs.errors import UserError
from tests.fuzz.mutations import Files, mutated
from tests.fuzz.targets import Target, targets

SLOW = 5.0
"""Seconds after which a single input counts as slow."""
HANG = 30.0
"""Seconds after which the child is killed."""
FAULTS = ("traceback", "two lines", "slow", "hang", "crash")
"""Outcomes that must not occur."""


@dataclass
class Report:
    """What became of the inputs of a target.

    Attributes:
        outcomes: How many were read, refused, killed their own process, or had one of the ``FAULTS``.
        slowest: Seconds of the slowest input.
        faults: The first few inputs with faults, each with its number and what happened.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    faults: list[tuple[int, str]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The number of inputs."""
        return self.outcomes.total()

    @property
    def failed(self) -> int:
        """The number of inputs with a fault."""
        return sum(self.outcomes[fault] for fault in FAULTS)

    def add(self, number: int, outcome: str, seconds: float, told: str) -> None:
        """Count an input."""
        if outcome in {"read", "refused"} and seconds > SLOW:
            outcome, told = "slow", f"took {seconds:.1f} s"
        self.outcomes[outcome] += 1
        self.slowest = max(self.slowest, seconds)
        if outcome in FAULTS and len(self.faults) < 20:
            self.faults.append((number, f"{outcome}: {told}"))


def made_input(seeds: list[Files], name: str, seed: int, number: int) -> Files:
    """Return an input, which depends on nothing but the seed and its number."""
    random = Random(f"{name} {seed} {number}")
    return mutated(random.choice(seeds), random)


def try_input(target: Target, files: Files) -> tuple[str, str]:
    """Read an input in this process; return the outcome and what was said."""
    with tempfile.TemporaryDirectory(dir=_memory(), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        try:
            target.read(files, folder)
        except UserError as error:
            return ("two lines" if "\n" in str(error) else "refused"), str(error)[:1000]
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            return "traceback", traceback.format_exc()[-2000:]
    return "read", ""


def run(name: str, count: int, seed: int = 0, seconds: float = 1e9, target: Target | None = None) -> Report:
    """Try ``count`` inputs of a target, fewer if that takes longer than ``seconds``."""
    report, number, end = Report(), 0, time.monotonic() + seconds
    may_die = (target or targets()[name]).may_die
    while number < count and time.monotonic() < end:
        with _child(name, range(number, count), seed, target) as results:
            began = time.monotonic()
            for outcome, took, told in results:
                died = may_die and outcome == "crash"
                report.add(number, "died" if died else outcome, took, told)
                number += 1
                if time.monotonic() > end or (outcome == "read" and time.monotonic() - began > 600):
                    break  # a new child now and then, so that what one leaks does not add up
    return report


class _child:  # noqa: N801 - used like a function
    """A child process that tries inputs in turn; iterating gives outcome, seconds and what was said of each."""

    def __init__(self, name: str, numbers: range, seed: int, target: Target | None) -> None:
        context = get_context("spawn")
        # What is sent through a pipe is there when the child dies; a queue's thread might still hold it.
        self.results, self._sending = context.Pipe(duplex=False)
        self.process: SpawnProcess = context.Process(
            target=_work, args=(name, numbers, seed, target, self._sending), daemon=True
        )
        self.left = len(numbers)

    def __enter__(self) -> Iterator[tuple[str, float, str]]:
        self.process.start()
        self._sending.close()  # only the child has it now, so that its death ends what can be received
        return self._outcomes()

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.join()

    def _outcomes(self) -> Iterator[tuple[str, float, str]]:
        started = False  # importing everything takes longer than any input may
        while self.left:
            began = time.monotonic()
            while not self.results.poll(0.5):
                waited = time.monotonic() - began
                if waited > (HANG if started else 20 * HANG):
                    yield "hang", waited, f"no answer in {waited:.0f} s"
                    return
            try:
                found = self.results.recv()
            except EOFError:
                self.process.join()
                yield "crash", time.monotonic() - began, f"the process ended with {self.process.exitcode}"
                return
            if found is None:
                started = True
                continue
            self.left -= 1
            yield found


def _work(name: str, numbers: range, seed: int, target: Target | None, results: Any) -> None:
    """Try inputs in this process, and send the outcome of each to ``results``."""
    with open(os.devnull, "w") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    target = target or targets()[name]
    seeds = list(target.seeds())
    for files in seeds:
        try_input(target, files)  # imports what is imported when it is needed
    results.send(None)
    for number in numbers:
        files = made_input(seeds, name, seed, number)
        began = time.perf_counter()
        outcome, told = try_input(target, files)
        results.send((outcome, time.perf_counter() - began, told))


def keep(name: str, report: Report, seed: int, folder: Path) -> list[Path]:
    """Write the inputs with faults into a folder each, to be looked at; return the folders."""
    seeds, kept = list(targets()[name].seeds()), []
    for number, told in report.faults:
        place = folder / name / str(number)
        shutil.rmtree(place, ignore_errors=True)
        for path, content in made_input(seeds, name, seed, number).items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(content)
        (place / "FAULT.json").write_text(json.dumps({"number": number, "seed": seed, "told": told}, indent=1))
        kept.append(place)
    return kept


def _memory() -> str | None:
    """Return a folder in memory, where there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
