"""Measure how fast a folder of pictures is predicted, against the network alone: ``python -m tools.benchmark_folder``.

The pictures are generated: photographs of 500x375 pixels in JPEG, each with a noise of its own. In each round the
network runs alone, one picture after the other and several at a time, and then the whole work of ``models.predict`` on
the folder, decoding and writing included, so that other load meets all alike. Rates are medians over the rounds.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from configs.command_line import ArgumentParser, quiet_libraries, run
from data import progress, samples
from models.inference import parallel
from models.inference.benchmarks import machine
from models.inference.formats import REQUESTABLE
from models.inference.loading import load_predictor
from models.inference.predictor import Predictor
from models.predict import plan, predict_all
from models.runs import registry

SIZE = (375, 500)
ALONE, AT_ONCE, FOLDER = "network alone", "network, several at a time", "folder"


def write_pictures(folder: Path, count: int) -> list[Path]:
    """Write photographs that differ."""
    height, width = SIZE
    photograph = cv2.resize(samples.get("chelsea").load(), (width, height), interpolation=cv2.INTER_AREA)
    paths = [folder / f"{number:05}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        grain = np.random.default_rng(number).normal(0, 4, (height, width, 1))
        Image.fromarray(np.clip(photograph + grain, 0, 255).astype(np.uint8)).save(path, quality=90)
    return paths


def tasks(alone: Predictor, several: Predictor, pictures: list[Path]) -> dict[str, Callable[[], int]]:
    """Return what is timed, by its name; each handles all pictures and returns how many."""
    one, many = alone.network_call(), several.network_call()

    def one_by_one() -> int:
        for _ in pictures:
            one()
        return len(pictures)

    def at_once() -> int:
        results = parallel.in_order(lambda _: many(), pictures, parallel.threads(len(pictures)))
        return sum(1 for _ in results)

    def folder() -> int:
        with tempfile.TemporaryDirectory() as output:
            failures, _, _ = predict_all(several, plan(pictures, pictures[0].parent, Path(output)))
            return len(list(Path(output).iterdir())) - len(failures)

    return {ALONE: one_by_one, AT_ONCE: at_once, FOLDER: folder}


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m tools.benchmark_folder", description="Measure the speed on a folder.")
    parser.add_argument("models", nargs="*", default=["pets_unet"], help="published models or runs (pets_unet)")
    parser.add_argument("--precision", choices=REQUESTABLE, default="auto")
    parser.add_argument("--pictures", type=int, default=200, help="pictures of the folder (200)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which medians are taken (5)")
    arguments = parser.parse_args()
    here = machine(["openvino"])
    print(f"{here['cpu']}, {here['cores']} cores: pictures per second\n")
    print(f"| model | engine | {ALONE} | {AT_ONCE} | {FOLDER} | {FOLDER} / {ALONE} |\n|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        pictures = write_pictures(Path(name), arguments.pictures)
        for model in map(registry.find, arguments.models):
            with quiet_libraries():
                alone = load_predictor(model, arguments.precision)
                several = load_predictor(model, arguments.precision, parallel.streams(len(pictures)))
            timed = tasks(alone, several, pictures)
            seconds: dict[str, list[float]] = {name: [] for name in timed}
            for task in progress.counted([*timed] * arguments.rounds, f"measuring {model.name}", unit="parts"):
                start = time.perf_counter()
                timed[task]()
                seconds[task].append(time.perf_counter() - start)
            rates = {task: len(pictures) / statistics.median(values) for task, values in seconds.items()}
            cells = [*(f"{rate:.1f}" for rate in rates.values()), f"{rates[FOLDER] / rates[ALONE]:.2f}"]
            print(f"| {model.name} | {alone.engine} | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    run(main)
