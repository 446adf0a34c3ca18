"""A run's network as the engines need it, and the pictures that int8 networks are calibrated on."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from configs.command_line import quiet_libraries
from configs.errors import UserError
from data import samples
from models.inference import keras_networks
from models.inference.quantising import calibration_pictures, network_batch
from models.runs.run import Run

if TYPE_CHECKING:
    import keras

PICTURES = 32
"""Calibration pictures: enough for the speed of an int8 network and a rough likeness; quality needs more."""

Batch = NDArray[np.float32]
"""One image ``(1, h, w, 3)`` of the network's size and range, or its scores ``(1, h, w, C)``."""
Infer = Callable[[Batch], Batch]
"""Computes the scores of one image."""


@dataclass(frozen=True, eq=False)
class Network:
    """A run's network; ``pictures`` calibrate its int8 versions, and ``source`` says what they are."""

    run: Run
    pictures: tuple[Batch, ...] = field(repr=False)
    source: str

    @cached_property
    def keras(self) -> "keras.Model":
        """The network with its weights, on TensorFlow."""
        with quiet_libraries():
            return keras_networks.load(self.run)


def cores() -> int:
    """Return how many cores this process may use, which is how many threads each engine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def of(run: Run, data_dir: Path) -> Network:
    """Return a run's network with pictures it was trained on; without its dataset, with the sample pictures."""
    try:
        found = calibration_pictures(run, data_dir, PICTURES)
    except (UserError, OSError):
        shipped = tuple(network_batch(run, picture.load()) for picture in samples.pictures())
        return Network(run, shipped, f"{len(shipped)} sample pictures, for want of its dataset")
    batches = tuple(network_batch(run, found[index].image) for index in range(len(found)))
    return Network(run, batches, f"{len(batches)} pictures that the run was trained on")
