"""Compare the speed of training with a plain loop: ``python -m tools.benchmark_training --data-dir DIR [CONFIG ...]``.

The plain loop is what a tutorial has: the same network in float32, Adam and cross-entropy, ``model.fit`` on arrays in
memory, without augmentation. Against it runs the training of ``python -m train``: precision, loss, metrics and
optimizer of the config, pictures that are decoded and augmented meanwhile; and the same on one batch again and again,
which shows what the pictures cost. All take turns in every round, so that other load meets all alike; the rates
are medians over the rounds. The larger pictures of the last epochs are trained on, with the whole network.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from configs import paths, schema
from configs.command_line import ArgumentParser, quiet_libraries, run
from configs.schema import Experiment
from data import progress, store
from data.pipeline import TrainingSamples
from models.inference.benchmarks import machine

with quiet_libraries():
    import keras
    import numpy as np

    from models import architectures
    from train import network, precision
    from train.loader import Batches

CONFIGS = ("pets_unet", "camvid_unet", "voc_mobilenetv2_pix2pix")
PLAIN, OURS, REPEATED = "plain loop", "python -m train", "one batch repeated"


class Repeated(keras.utils.PyDataset):
    """One batch, again and again."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self.batch, self.steps = batches[0], len(batches)

    def __len__(self) -> int:
        """Return the number of batches."""
        return self.steps

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the batch."""
        return self.batch


def epochs(experiment: Experiment, data_dir: Path, steps: int) -> dict[str, Callable[[], None]]:
    """Return what is timed, by its name; each trains ``steps`` batches of the config's size."""
    train = experiment.train
    samples = store.open_split(experiment.data.dataset, "train", data_dir, steps * train.batch_size)
    batches = Batches(
        TrainingSamples(samples, experiment.data, train.seed, train=True), train.batch_size, 1, train.seed
    )
    pixels = samples.class_pixels().sum(axis=0).astype(np.float64)
    ours = network.build(experiment, samples.label_space, 1)
    network.compile_for(ours, experiment, samples.label_space, pixels, frozen=False)
    repeated = Repeated(batches)

    keras.config.set_dtype_policy("float32")
    plain = architectures.build(experiment, len(samples.label_space))
    # Without XLA, with which training on a CPU is slower.
    plain.compile(keras.optimizers.Adam(train.learning_rate), "sparse_categorical_crossentropy", jit_compile=False)
    unchanged = TrainingSamples(samples, experiment.data, train.seed, train=False)
    images, masks = (np.stack(part) for part in zip(*(unchanged.get(i, 0) for i in range(len(samples))), strict=True))
    masks = np.minimum(masks, len(samples.label_space) - 1)  # a plain loop has no pixels that are not scored
    return {
        PLAIN: lambda: plain.fit(images, masks, batch_size=train.batch_size, verbose=0),
        OURS: lambda: ours.fit(batches, verbose=0, shuffle=False),
        REPEATED: lambda: ours.fit(repeated, verbose=0, shuffle=False),
    }


def rates(experiment: Experiment, data_dir: Path, steps: int, rounds: int) -> dict[str, float]:
    """Return the images per second of each way to train: the median over the rounds; one before them warms up."""
    timed = epochs(experiment, data_dir, steps)
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for name in progress.counted([*timed] * (rounds + 1), f"training {experiment.name}", unit="parts"):
        start = time.perf_counter()
        timed[name]()
        seconds[name].append(time.perf_counter() - start)
    images = steps * experiment.train.batch_size
    return {name: images / statistics.median(values[1:]) for name, values in seconds.items()}


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m tools.benchmark_training", description="Measure the speed of training.")
    parser.add_argument("configs", nargs="*", type=Path, metavar="CONFIG", help=f"({', '.join(CONFIGS)})")
    parser.add_argument("--data-dir", type=Path, default=paths.data_dir(), help="folder with the datasets")
    parser.add_argument("--steps", type=int, default=12, help="batches of one part (12)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which medians are taken (3)")
    arguments = parser.parse_args()
    configs = arguments.configs or [paths.ROOT / "configs" / f"{name}.yaml" for name in CONFIGS]
    here = machine(["tensorflow", "keras"])
    print(f"{here['cpu']}, {here['cores']} cores: images per second\n")
    print(f"| config | precision | {PLAIN} | {OURS} | ratio | {REPEATED} |\n|---|---|---:|---:|---:|---:|")
    for config in configs:
        experiment = schema.load(config)
        found = rates(experiment, arguments.data_dir, arguments.steps, arguments.rounds)
        used = precision.resolve(experiment.train.precision)
        figures = (found[PLAIN], found[OURS], found[OURS] / found[PLAIN], found[REPEATED])
        print(f"| {experiment.name} | {used} | {' | '.join(f'{figure:.2f}' for figure in figures)} |", flush=True)
    return 0


if __name__ == "__main__":
    run(main)
