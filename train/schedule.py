"""Computes the learning rate from the progress of training."""

import math
from bisect import bisect_right
from dataclasses import dataclass

from configs.schema import CosineRestarts, Train
from configs.schema import Plateau as PlateauConfig


@dataclass
class Plateau:
    """The state of a plateau schedule; stored in every checkpoint."""

    best: float = -1.0
    waited: int = 0
    drops: int = 0

    def observe(self, miou: float, patience: int) -> None:
        """Count an epoch's val mIoU; after ``patience`` epochs without improvement the rate drops."""
        if miou > self.best:
            self.best, self.waited = miou, 0
            return
        self.waited += 1
        if self.waited >= patience:
            self.waited = 0
            self.drops += 1


def learning_rate(train: Train, progress: float, drops: int) -> float:
    """Return the learning rate after ``progress`` epochs (2.5: halfway through the third) and ``drops`` on plateaus."""
    schedule = train.schedule
    if progress < schedule.warmup_epochs:
        return train.learning_rate * (progress + 1e-3) / (schedule.warmup_epochs + 1e-3)
    if isinstance(schedule, PlateauConfig):
        return float(train.learning_rate * schedule.factor**drops)
    restarts = schedule.restarts if isinstance(schedule, CosineRestarts) else []
    bounds = [schedule.warmup_epochs, *restarts, train.epochs]
    cycle = bisect_right(bounds, progress, 1, len(bounds) - 1)
    start, end = bounds[cycle - 1], bounds[cycle]
    done = (progress - start) / max(end - start, 1e-9)
    cosine = (1 + math.cos(math.pi * min(done, 1.0))) / 2
    return train.learning_rate * (schedule.final + (1 - schedule.final) * cosine)
