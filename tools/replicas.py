"""A discrete-event simulation of visitors whose requests wait for replicas of a server."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Random = np.random.Generator

POLICIES = {
    "fewest": "to the replica with the fewest visitors, and stay",
    "random": "to any replica, and stay",
    "free": "with every picture to the shortest queue",
}
"""How the balancer chooses. The last keeps no visitor where its pictures are, so it only shows what staying costs."""


@dataclass(frozen=True)
class Load:
    """Who comes, and what they do."""

    visitors: float
    """New visitors per second; they come at random."""
    requests: float = 1
    """Requests of a visitor, on average; their number is geometrically distributed."""
    look: float = 0
    """Seconds between an answer and the next request, on average; exponentially distributed."""


@dataclass(frozen=True)
class Outcome:
    """What a simulation gave."""

    waits: NDArray[np.float64]
    """Seconds that each request waited before a replica began with it, ``(N,)``."""
    busy: NDArray[np.float64]
    """The share of time in which each replica worked, ``(R,)``."""


@dataclass
class _Replica:
    visitors: int = 0
    queue: deque[tuple[float, int]] = field(default_factory=deque)  # when each came, and whose it is
    working: bool = False
    worked: float = 0.0

    @property
    def length(self) -> int:
        return len(self.queue) + self.working


def simulate(
    load: Load, replicas: int, service: Callable[[Random], float], *, policy: str, seconds: float, seed: int = 0
) -> Outcome:
    """Simulate replicas, each of which answers one request at a time, in the order in which they came.

    ``service`` returns how many seconds an answer takes. Whoever came within ``seconds`` is served to the end.
    """
    return _Simulation(load, replicas, service, policy, seconds, seed).run()


class _Simulation:
    def __init__(
        self,
        load: Load,
        replicas: int,
        service: Callable[[Random], float],
        policy: str,
        seconds: float,
        seed: int,
    ) -> None:
        self.load, self.service, self.policy, self.seconds = load, service, policy, seconds
        self.random = np.random.default_rng(seed)
        self.replicas = [_Replica() for _ in range(replicas)]
        self.events: list[tuple[float, int, Callable[..., None], tuple[int, ...]]] = []
        self.numbers = itertools.count()  # keeps events of one time in order
        self.now = 0.0
        self.waits: list[float] = []
        self.home: dict[int, int] = {}
        """The replica of each visitor who is there."""

    def run(self) -> Outcome:
        self._later(self.random.exponential(1 / self.load.visitors), self._come, 0)
        while self.events:
            self.now, _, happen, about = heapq.heappop(self.events)
            happen(*about)
        return Outcome(np.array(self.waits), np.array([one.worked for one in self.replicas]) / self.now)

    def _later(self, delay: float, happen: Callable[..., None], *about: int) -> None:
        heapq.heappush(self.events, (self.now + delay, next(self.numbers), happen, about))

    def _come(self, visitor: int) -> None:
        if self.now > self.seconds:
            return
        self._later(self.random.exponential(1 / self.load.visitors), self._come, visitor + 1)
        self.home[visitor] = self._chosen()
        self.replicas[self.home[visitor]].visitors += 1
        self._ask(visitor)

    def _chosen(self) -> int:
        if len(self.replicas) == 1:
            return 0
        numbers = self.random.permutation(len(self.replicas))  # so that equals take turns
        if self.policy == "random":
            return int(numbers[0])
        if self.policy == "fewest":
            return int(min(numbers, key=lambda number: self.replicas[number].visitors))
        return int(min(numbers, key=lambda number: self.replicas[number].length))

    def _ask(self, visitor: int) -> None:
        number = self._chosen() if self.policy == "free" else self.home[visitor]
        self.replicas[number].queue.append((self.now, visitor))
        if not self.replicas[number].working:
            self._begin(number)

    def _begin(self, number: int) -> None:
        replica = self.replicas[number]
        came, visitor = replica.queue.popleft()
        self.waits.append(self.now - came)
        duration = self.service(self.random)
        replica.working, replica.worked = True, replica.worked + duration
        self._later(duration, self._answered, number, visitor)

    def _answered(self, number: int, visitor: int) -> None:
        self.replicas[number].working = False
        if self.replicas[number].queue:
            self._begin(number)
        if self.random.random() * self.load.requests >= 1:  # asks again, so that the mean is ``requests``
            self._later(self.random.exponential(self.load.look) if self.load.look else 0.0, self._ask, visitor)
        else:
            self.replicas[self.home.pop(visitor)].visitors -= 1
