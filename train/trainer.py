"""The training loop: an epoch, a look at the validation images, a checkpoint, and again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
from tensorboard.summary import Writer
from tqdm import tqdm

from configs.files import replacing
from configs.schema import Experiment, Plateau
from data import datasets, store
from data.pipeline import TrainingSamples, class_frequencies
from models import weights
from train import checkpoints, network, previews
from train.loader import Batches
from train.progress import StepCallback, StopRequest, duration
from train.run_folder import Progress, Row, RunFolder
from train.schedule import learning_rate


class Trainer:
    """Trains one experiment in one run folder.

    Args:
        experiment: What to train.
        folder: Where the run is written.
        data_dir: The folder with the datasets.
        encoder_weights: File with the encoder's ImageNet weights; None downloads them.
        resume: Go on from the folder's last checkpoint.

    Raises:
        UserError: If the data, the weights or the checkpoint can't be had.
    """

    def __init__(
        self, experiment: Experiment, folder: RunFolder, data_dir: Path, encoder_weights: Path | None, *, resume: bool
    ) -> None:
        self.experiment = experiment
        self.folder = folder
        self.stop = StopRequest()
        data, train = experiment.data, experiment.train
        training = store.open_split(data.dataset, "train", data_dir, data.limit)
        validation = store.open_split(data.dataset, experiment.evaluate.split, data_dir, data.limit)
        self.label_space = training.label_space
        self.training = TrainingSamples(training, data, train.seed, train=True)
        self.validation = TrainingSamples(validation, data, train.seed, train=False)
        self.pictures = previews.choose(validation, datasets.get(data.dataset).kind, data)
        folder.write_train_images(training.hashes)
        self.pixels = class_frequencies(training, self.label_space)
        self.model = network.build(experiment, self.label_space, encoder_weights)
        self.progress = Progress(history=[])
        self.logs = Writer(str(folder.path / "logs"))
        self._compiled_frozen: bool | None = None
        if resume and self.checkpoint.exists():
            self.progress = checkpoints.read_progress(self.checkpoint)
            # The optimizer of the last epoch, not of the next: it is its state that the checkpoint holds.
            self._compile(self.progress.epoch)
            checkpoints.restore(self.checkpoint, self.model)
        self._write_history()

    @property
    def checkpoint(self) -> Path:
        """The last checkpoint."""
        return self.folder.path / "checkpoints" / "last.npz"

    def run(self) -> None:
        """Train until the last epoch, or until val mIoU has stopped rising.

        Raises:
            Stopped: If the user asked for it; the run then holds its best weights so far and can be resumed.
        """
        with self.stop.listening():
            while not self._finished():
                self._epoch(self.progress.epoch + 1)

    def _finished(self) -> bool:
        train, progress = self.experiment.train, self.progress
        patience = train.early_stopping
        return progress.epoch >= train.epochs or (
            patience is not None and progress.epoch - progress.best_epoch >= patience
        )

    def _epoch(self, epoch: int) -> None:
        """Train and validate one epoch, and write down all there is to know of it."""
        self.folder.beat(self._message())
        self._compile(epoch)
        trained, callback = self._train(epoch)
        with self._averaged_weights():
            validated = self._validate()
            improved = validated["miou"] > self.progress.best_miou
            if improved:
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
        checkpoints.save(self.checkpoint, self.model, self.progress)
        self._write_history()
        _log(self.logs, self.progress.history[-1])
        self.folder.write_status("running", self._message())
        tqdm.write(self._message())

    def _train(self, epoch: int) -> tuple[dict[str, float], StepCallback]:
        train = self.experiment.train
        batches = Batches(self.training, train.batch_size, epoch, train.seed)
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
        batches = Batches(self.validation, self.experiment.train.batch_size, epoch=0, seed=None)
        check = keras.callbacks.LambdaCallback()
        check.on_test_batch_end = lambda batch, logs=None: self._between_steps()
        values: dict[str, float] = self.model.evaluate(batches, verbose=0, return_dict=True, callbacks=[check])
        return values

    def _between_steps(self) -> None:
        self.stop.check()
        self.folder.beat(self._message())

    def _compile(self, epoch: int) -> None:
        """Compile for ``epoch`` unless the network is compiled that way: anew only when the encoder thaws."""
        encoder = self.experiment.train.encoder
        frozen = encoder is not None and epoch <= encoder.frozen_epochs
        if frozen is not self._compiled_frozen:
            network.compile_for(self.model, self.experiment, self.label_space, self.pixels, frozen=frozen)
            self._compiled_frozen = frozen

    @contextmanager
    def _averaged_weights(self) -> Iterator[None]:
        """Put the moving average of the weights in their place inside the block, if there is one."""
        if not self.experiment.train.weight_average:
            yield
            return
        variables = self.model.trainable_variables
        trained = [np.array(variable) for variable in variables]
        self.model.optimizer.finalize_variable_values(variables)
        try:
            yield
        finally:
            for variable, value in zip(variables, trained, strict=True):
                variable.assign(value)

    def _write_best(self) -> None:
        """Write the weights twice: exactly, and as they are published and predicted with."""
        with replacing(self.folder.path / "checkpoints" / "best.weights.h5") as temporary:
            self.model.save_weights(temporary)
        weights.save(self.model, self.folder.path / "model.weights.h5")

    def _write_history(self) -> None:
        """Write ``history.csv``."""
        self.folder.epoch = self.progress.epoch
        self.folder.write_history(self.progress.history)

    def _seconds_left(self, epochs: int) -> float | None:
        rows = self.progress.history[-5:]
        return epochs * float(np.median([row["seconds"] for row in rows])) if rows else None

    def _message(self) -> str:
        """Say in one line how far training is."""
        train, progress = self.experiment.train, self.progress
        if not progress.history:
            return f"epoch 1 of {train.epochs} is running"
        row = progress.history[-1]
        left = self._seconds_left(train.epochs - progress.epoch) or 0.0
        return (
            f"epoch {progress.epoch} of {train.epochs}: loss {row['loss']:.4f}, val loss {row['val_loss']:.4f}, "
            f"val mIoU {row['val_miou']:.4f} (best {progress.best_miou:.4f} in epoch {progress.best_epoch}), "
            f"{row['images_per_second']:.1f} images/s, {duration(left)} left"
        )


def _log(writer: Writer, row: Row) -> None:
    """Add one epoch to TensorBoard's logs."""
    for name, value in row.items():
        if name != "epoch":
            tag = f"val/{name.removeprefix('val_')}" if name.startswith("val_") else f"train/{name}"
            writer.add_scalar(tag, value, int(row["epoch"]))
    writer.flush()
