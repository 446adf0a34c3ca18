"""How much the mIoU of a config varies with the seed of its training, and which differences are no larger than that."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from configs.schema import Experiment
from models.metrics.significance import points


@dataclass(frozen=True)
class Spread:
    """The mIoUs of one config, a value for each seed of its training; those of any other model have a single value."""

    name: str
    values: tuple[float, ...]  # from 0 to 1

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return statistics.fmean(self.values)

    @property
    def deviation(self) -> float | None:
        """The standard deviation over the seeds, with n - 1 below; None for a single value."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    @classmethod
    def of(cls, name: str, by_seed: Mapping[int, Sequence[float]]) -> "Spread":
        """Return the spread over seeds; trainings of one seed count once, with their mean.

        >>> Spread.of("a", {1: [0.5, 0.7], 2: [0.8]}).values
        (0.6, 0.8)
        """
        return cls(name, tuple(statistics.fmean(values) for values in by_seed.values()))


@dataclass(frozen=True)
class Within:
    """A difference that is no larger than the standard deviation over the seeds of ``spread``, one of the two."""

    first: Spread
    second: Spread
    spread: Spread

    def sentence(self) -> str:
        """Say so.

        >>> a, b = Spread("A", (0.70, 0.712)), Spread("B", (0.702,))
        >>> Within(a, b, a).sentence()
        'A - B = 0.4 points is within the spread of seeds of A (sd 0.8, n = 2).'
        """
        difference, spread = self.first.mean - self.second.mean, self.spread
        return (
            f"{self.first.name} - {self.second.name} = {points(difference)} points is within the spread of seeds of "
            f"{spread.name} (sd {points(spread.deviation or 0)}, n = {len(spread.values)})."
        )


def config_key(experiment: Experiment) -> str:
    """Return all of a config but what tells trainings of it apart: its name and the seed."""
    content = experiment.model_dump(mode="json")
    del content["name"], content["train"]["seed"]
    return json.dumps(content, sort_keys=True)


def within(spreads: Sequence[Spread]) -> list[Within]:
    """Return the pairs whose difference is within the spread of seeds of one of them, the better of each pair first.

    A difference counts as within if it is at most the larger standard deviation of the two.
    """
    found = []
    for first, second in combinations(sorted(spreads, key=lambda one: -one.mean), 2):
        wider = max(first, second, key=lambda one: -1 if one.deviation is None else one.deviation)
        if wider.deviation is not None and first.mean - second.mean <= wider.deviation:
            found.append(Within(first, second, wider))
    return found
