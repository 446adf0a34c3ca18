"""The training loop: train an epoch, validate, write a checkpoint, repeat."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from tensorboard.summary import Writer

from configs import schema
from configs.errors import UserError
from configs.files import replacing
from configs.schema import Data, Experiment, Plateau
from data import datasets, store
from data.pipeline import TrainingSamples
from models.runs import weights
from train import checkpoints, network, previews, sampling
from train.distribution.team import Team
from train.loader import Batches
from train.progress import StepCallback, StopRequest, duration
from train.run_folder import Progress, Row, RunFolder
from train.schedule import learning_rate


@dataclass(frozen=True)
class Phase:
    """What changes between the epochs of a training."""

    data: Data
    """The config's ``data`` with the image size of this phase."""
    small: bool
    """Whether this is the smaller size of the first epochs."""
    frozen_encoder: bool

    @classmethod
    def of(cls, experiment: Experiment, epoch: int) -> "Phase":
        """Return the phase of an epoch, counted from 1."""
        data, train = experiment.data, experiment.train
        small = epoch <= train.small_epochs
        if train.small_start and small:
            scale = train.small_start.scale or data.augment.scale
            augment = data.augment.model_copy(update={"scale": scale})
            data = data.model_copy(update={"image_size": train.small_start.image_size, "augment": augment})
        return cls(data, small, train.encoder is not None and epoch <= train.encoder.frozen_epochs)


class Trainer:
    """Trains one experiment in one run folder; with ``resume``, continues from the folder's last checkpoint.

    ``encoder_weights`` is the file with the encoder's ImageNet weights; None downloads them. Each process of a ``team``
    has a folder of its own. Raises ``UserError`` if the data, the weights or the checkpoint can't be read.
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: RunFolder,
        data_dir: Path,
        encoder_weights: Path | None,
        *,
        resume: bool,
        team: Team | None = None,
    ) -> None:
        self.experiment = experiment
        self.folder = folder
        self.team = team or Team()
        self.stop = StopRequest(self.team.any)
        self.logs = Writer(str(folder.path / "logs"))
        data = experiment.data
        self.training = store.open_split(data.dataset, "train", data_dir, data.limit)
        self.validation = store.open_split(data.dataset, experiment.evaluate.split, data_dir, data.limit)
        self.label_space = self.training.label_space
        self.pixels = self.training.class_pixels().sum(axis=0).astype(np.float64)
        threshold = experiment.train.repeat_threshold
        scored = self.training.class_pixels()[:, list(self.label_space.scored)]  # rare void calls for no repetition
        self.factors = None if threshold is None else sampling.repeat_factors(scored, threshold)
        folder.write_train_images(self.training.hashes)
        self.team.check_batch(min(experiment.train.batch_size, len(self.training)))
        self.team.check_same(schema.dump(experiment), *self.training.hashes, *self.validation.hashes)

        self.checkpoint = folder.path / "checkpoints" / "last.npz"
        resumed = resume and self.checkpoint.exists()
        self.progress = checkpoints.read_progress(self.checkpoint) if resumed else Progress(history=[])
        epoch = max(self.progress.epoch, 1)  # the last one, not the next: the checkpoint holds its state
        self.phase = Phase.of(experiment, epoch)
        self._build(epoch)
        if resumed:
            checkpoints.restore(self.checkpoint, self.model)
        else:
            network.load_initial_weights(self.model, experiment, encoder_weights)
        self._write_history()

    def run(self) -> None:
        """Train until the last epoch or early stopping. Raises ``Stopped`` if the user stops training."""
        with self.stop.listening():
            while not self._finished():
                self._epoch(self.progress.epoch + 1)
        if self.progress.epoch < self.experiment.train.epochs:
            print(
                f"val mIoU has not risen for {self.experiment.train.early_stopping} epochs: stopping early, "
                f"best in epoch {self.progress.best_epoch}"
            )

    def _finished(self) -> bool:
        train, progress = self.experiment.train, self.progress
        waited = train.early_stopping is not None and progress.epoch - progress.best_epoch >= train.early_stopping
        return progress.epoch >= train.epochs or (waited and not self.phase.small)

    def _epoch(self, epoch: int) -> None:
        """Train and validate one epoch and record the results."""
        self.folder.beat(self._message())
        self._enter_phase(epoch)
        trained, callback = self._train(epoch)
        if not np.isfinite(trained["loss"]):
            raise UserError(self._divergence(epoch, trained["loss"]))
        with self._averaged_weights():
            validated = self._validate()
            if self.experiment.train.keep == "last" or validated["miou"] > self.progress.best_miou:
                self.progress.best_miou, self.progress.best_epoch = validated["miou"], epoch
                self._write_best()
            previews.write(self.folder.path / "previews", epoch, self.model, self.pictures, self.label_space)
        schedule = self.experiment.train.schedule
        if isinstance(schedule, Plateau) and epoch > schedule.warmup_epochs:
            self.progress.plateau.observe(validated["miou"], schedule.patience)
        self.progress.history.append(
            {
                "epoch": epoch,
                **{name: trained[name] for name in ("loss", "accuracy", "miou")},
                **{f"val_{name}": validated[name] for name in ("loss", "accuracy", "miou")},
                "learning_rate": callback.last_rate,
                "seconds": round(time.perf_counter() - callback.started, 3),
                "images_per_second": round(callback.images / callback.seconds, 2),
            }
        )
        self._log(self.progress.history[-1])  # before the checkpoint: a kill in between may repeat it, never lose it
        checkpoints.save(self.checkpoint, self.model, self.progress)
        self._write_history()
        self.folder.write_status("running", self._message())
        print(self._message())

    def _divergence(self, epoch: int, loss: float) -> str:
        """Say what to do about a loss that is not finite; the run itself can't be resumed with another config."""
        advice = "start a new run with a lower train.learning_rate or with train.gradient_clip"
        if self.progress.best_epoch and (self.folder.path / "model.weights.h5").is_file():
            best = f"train.initial_weights={self.folder.path}"
            advice += f", and with {best} to go on from the best epoch so far"
        return f"epoch {epoch}: the loss is {loss}, so training has diverged; {advice}"

    def _train(self, epoch: int) -> tuple[dict[str, float], StepCallback]:
        train = self.experiment.train
        samples = TrainingSamples(self.training, self.phase.data, train.seed, train=True)
        batches = Batches(samples, train.batch_size, epoch, train.seed, self.team.share, self.factors)
        callback = StepCallback(
            epoch=epoch,
            epochs=train.epochs,
            batch_size=batches.batch_size,
            rate=lambda progress: learning_rate(train, progress, self.progress.plateau.drops),
            after_step=self._between_steps,
            seconds_left=self._seconds_left(train.epochs - epoch),
        )
        try:
            history = self.model.fit(batches, epochs=1, verbose=0, shuffle=False, callbacks=[callback])
        finally:
            callback.close()
        return {name: values[0] for name, values in history.history.items()}, callback

    def _validate(self) -> dict[str, float]:
        train = self.experiment.train
        samples = TrainingSamples(self.validation, self.phase.data, train.seed, train=False)
        batches = Batches(samples, train.batch_size, 0, None, self.team.share)
        losses: deque[Any] = deque([0.0], maxlen=2)  # the mean over the batches so far, but for the last and with it

        def after_batch(batch: int, logs: dict[str, float] | None = None) -> None:
            losses.append((logs or {})["loss"])
            self._between_steps()

        check = keras.callbacks.LambdaCallback()
        check.on_test_batch_end = after_batch
        values: dict[str, float] = self.model.evaluate(batches, verbose=0, return_dict=True, callbacks=[check])
        return values | {"loss": batches.mean_without_padding(float(losses[0]), values["loss"])}

    def _between_steps(self) -> None:
        self.stop.check()
        self.folder.beat(self._message())

    def _enter_phase(self, epoch: int) -> None:
        """Prepare the network for ``epoch``, if its input size changes or its encoder is unfrozen."""
        phase = Phase.of(self.experiment, epoch)
        if phase == self.phase:
            return
        grown = phase.data != self.phase.data
        self.phase = phase
        if grown:
            weights_so_far = self.model.get_weights()
            self._build(epoch)
            self.model.set_weights(weights_so_far)
            self.progress.start_over()  # mIoU at another size is not comparable
        else:
            self._compile()

    def _build(self, epoch: int) -> None:
        """Build and compile the network of the current phase, and prepare the preview pictures at its size."""
        experiment = self.experiment.model_copy(update={"data": self.phase.data})
        self.model = network.build(experiment, self.label_space, epoch)
        self.pictures = previews.choose(self.validation, datasets.get(self.phase.data.dataset).kind, self.phase.data)
        self._compile()

    def _compile(self) -> None:
        network.compile_for(
            self.model, self.experiment, self.label_space, self.pixels, frozen=self.phase.frozen_encoder
        )

    @contextmanager
    def _averaged_weights(self) -> Iterator[None]:
        """Use the moving average of the weights inside the block, if it is enabled."""
        if not self.experiment.train.weight_average:
            yield
            return
        variables = self.model.trainable_variables
        trained = [np.array(variable) for variable in variables]
        self.model.optimizer.put_average_into(variables)
        try:
            yield
        finally:
            for variable, value in zip(variables, trained, strict=True):
                variable.assign(value)

    def _write_best(self) -> None:
        """Write the weights twice: unrounded for training, and as published for prediction."""
        with replacing(self.folder.path / "checkpoints" / "best.weights.h5") as temporary:
            weights.save_exact(self.model, temporary)
        weights.save(self.model, self.folder.path / "model.weights.h5")

    def _write_history(self) -> None:
        self.folder.epoch = self.progress.epoch
        self.folder.write_history(self.progress.history)

    def _seconds_left(self, epochs: int) -> float | None:
        rows = self.progress.history[-5:]
        return epochs * float(np.median([row["seconds"] for row in rows])) if rows else None

    def _message(self) -> str:
        """Describe the progress in one line."""
        train, progress = self.experiment.train, self.progress
        if not progress.history:
            return f"epoch 1 of {train.epochs} is running"
        row = progress.history[-1]
        left = self._seconds_left(train.epochs - progress.epoch) or 0.0
        best = ""
        if progress.best_miou >= 0 and train.keep == "best":
            best = f" (best {progress.best_miou:.4f} in epoch {progress.best_epoch})"
        return (
            f"epoch {progress.epoch} of {train.epochs}: loss {row['loss']:.4f}, val loss {row['val_loss']:.4f}, "
            f"val mIoU {row['val_miou']:.4f}{best}, "
            f"{row['images_per_second']:.1f} images/s, {duration(left)} left"
        )

    def _log(self, row: Row) -> None:
        """Log one epoch to TensorBoard."""
        for name, value in row.items():
            if name != "epoch":
                tag = f"val/{name.removeprefix('val_')}" if name.startswith("val_") else f"train/{name}"
                self.logs.add_scalar(tag, value, int(row["epoch"]))
        self.logs.flush()
