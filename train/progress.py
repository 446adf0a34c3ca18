"""Shows the progress of training and handles requests to stop it."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import keras
from tqdm import tqdm

from data import progress


class Stopped(Exception):  # noqa: N818 - a request, not an error
    """The user asked training to stop."""


class StopRequest:
    """Turns the first Ctrl-C or SIGTERM into a stop between two steps, when all state is consistent.

    ``anywhere`` returns whether its argument is true in any process of the training.
    """

    def __init__(self, anywhere: Callable[[bool], bool] = bool) -> None:
        self.requested = False
        self.anywhere = anywhere

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle the signals inside the block; a second one interrupts at once."""
        previous = {number: signal.signal(number, self._request) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def check(self) -> None:
        """Raise ``Stopped`` if a stop was requested."""
        if self.anywhere(self.requested):
            raise Stopped

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


class StepCallback(keras.callbacks.Callback):
    """Sets the learning rate of every step, shows a progress bar and calls ``after_step`` after every step.

    ``epoch`` counts from 1, ``rate`` returns the learning rate for the progress in epochs, and ``seconds_left`` is the
    estimated time for the epochs after this one, None while unknown.
    """

    def __init__(
        self,
        epoch: int,
        epochs: int,
        batch_size: int,
        rate: Callable[[float], float],
        after_step: Callable[[], None],
        seconds_left: float | None,
    ) -> None:
        super().__init__()
        self.epoch = epoch
        self.epochs = epochs
        self.batch_size = batch_size
        self.rate = rate
        self.after_step = after_step
        self.seconds_left = seconds_left
        self.last_rate = 0.0
        self.seconds = 0.0
        self._bar: tqdm[NoReturn] | None = None
        self.started = time.perf_counter()

    @property
    def images(self) -> int:
        """Images in the epoch."""
        return int(self.params["steps"] * self.batch_size)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Start the clock and the bar."""
        self.started = time.perf_counter()
        self._bar = progress.bar(f"epoch {self.epoch}/{self.epochs}", self.images, " images")

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Set the learning rate of this step."""
        self.last_rate = self.rate(self.epoch - 1 + batch / self.params["steps"])
        if hasattr(self.model, "jax_state_sync"):
            self.model.jax_state_sync()  # on JAX the loop keeps the optimizer's variables in its own state
        self.model.optimizer.learning_rate = self.last_rate

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Update the bar and call ``after_step``."""
        if self._bar is not None:
            postfix = {name: f"{value:.3f}" for name, value in (logs or {}).items()}
            if self.seconds_left is not None:
                remaining = (self.params["steps"] - batch - 1) * (time.perf_counter() - self.started) / (batch + 1)
                postfix["left"] = duration(self.seconds_left + remaining)
            self._bar.set_postfix(postfix, refresh=False)
            self._bar.update(self.batch_size)
        self.after_step()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Stop the clock and close the bar."""
        self.seconds = time.perf_counter() - self.started
        self.close()

    def close(self) -> None:
        """Close the bar; after an error, Keras does not call ``on_epoch_end``."""
        if self._bar is not None:
            self._bar.close()


def duration(seconds: float) -> str:
    """Format a time for people: ``45 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
