"""What a training asks of the processes it runs on; a training on one process is alone."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """Which rows of every batch this process reads."""

    process: int = 0
    processes: int = 1
    devices: int = 1
    """Devices of all processes, each of which computes as many rows as every other."""

    def padded(self, rows: int) -> int:
        """Return the number of rows, filled up so that all devices get as many.

        >>> Share(processes=2, devices=4).padded(9)
        12
        """
        return -(-rows // self.devices) * self.devices

    def of(self, rows: int) -> slice:
        """Return those of this process among ``rows``, which are filled up.

        >>> Share(process=1, processes=2).of(6)
        slice(3, 6, None)
        """
        part = rows // self.processes
        return slice(self.process * part, (self.process + 1) * part)


class Team:
    """The processes of a training: here this one alone."""

    leads: bool = True
    """Whether this process writes the run's folder."""
    share: Share = Share()

    def check_batch(self, size: int) -> None:
        """Raise ``UserError`` unless a batch can be shared evenly."""

    def any(self, flag: bool) -> bool:
        """Return whether a flag is set in any process; every process has to ask."""
        return flag

    def check_same(self, *facts: str) -> None:
        """Raise ``UserError`` unless the facts are the same in all processes."""

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Train inside the block."""
        yield
