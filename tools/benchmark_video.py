"""Measure how fast whole clips are predicted, against the networks alone: ``python -m tools.benchmark_video``.

The clip is generated: a photograph under a moving camera. In each round the networks run alone on as many images as the
clip has frames, one image at a time, which uses all cores; then prediction alone (with bringing frames to the networks
and labels to the frames); then the whole job with each way to write label maps, with networks loaded for as many frames
at a time as ``models.predict`` loads them for. So other load meets all alike. Rates are medians over the rounds.
Beside them stands the processor time of a frame, on all cores together, which other load changes less.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from configs.command_line import ArgumentParser, quiet_libraries, run
from data import progress, samples
from models.inference import parallel
from models.inference.benchmarks import machine
from models.inference.loading import load_predictor
from models.inference.predictor import Predictor
from models.runs import registry
from models.video.options import LABELS, Options
from models.video.process import process

MODELS = ("camvid_unet", "pets_unet", "voc_mobilenetv2_pix2pix")


def write_clip(path: Path, frames: int, height: int, width: int, rate: int = 30) -> None:
    """Write a clip in which the camera moves over a photograph, of ``rate`` frames per second."""
    photograph = cv2.resize(samples.get("china").load(), (width * 5 // 4, height * 5 // 4))
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=rate, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(frames):
            left, top = 2 * index % (width // 4), index % (height // 4)
            view = np.array(photograph[top : top + height, left : left + width], np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(view, "rgb24")))
        file.mux(stream.encode(None))


def tasks(
    clip: Path, predictors: Sequence[Predictor], several: Sequence[Predictor], frames: int, size: tuple[int, int]
) -> dict[str, Callable[[], None]]:
    """Return what is timed, by its name; each handles ``frames`` frames.

    ``predictors`` predict one frame at a time, ``several`` are the same for the whole job.
    """
    networks = [predictor.network_call() for predictor in predictors]
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)

    def alone() -> None:
        for _ in range(frames):
            for network in networks:
                network()

    def predicted() -> None:
        for _ in range(frames):
            for predictor in predictors:
                predictor.predict(image)

    def job(options: Options) -> None:
        with tempfile.TemporaryDirectory() as folder:
            process(clip, several, Path(folder) / "out", options)

    jobs = {f"whole clip, labels: {labels}": lambda labels=labels: job(Options(labels=labels)) for labels in LABELS}
    return {"networks alone": alone, "prediction alone": predicted, **jobs}


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m tools.benchmark_video", description="Measure the speed on whole clips.")
    parser.add_argument("--model", action="append", help=f"a model; again for further ones ({', '.join(MODELS)})")
    parser.add_argument("--frames", type=int, default=100, help="frames of the clip (100)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which medians are taken (5)")
    parser.add_argument("--height", type=int, default=720, help="height of the frames, 16:9 (720)")
    arguments = parser.parse_args()
    size = (arguments.height, arguments.height * 16 // 9 // 2 * 2)
    with quiet_libraries():
        models = [registry.find(name) for name in arguments.model or MODELS]
        predictors, several = (
            [load_predictor(model, streams=streams) for model in models] for streams in (1, parallel.clip_streams())
        )
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        write_clip(clip, arguments.frames, *size)
        timed = tasks(clip, predictors, several, arguments.frames, size)
        seconds: dict[str, list[float]] = {name: [] for name in timed}
        busy: dict[str, list[float]] = {name: [] for name in timed}
        rounds = [name for _ in range(arguments.rounds) for name in timed]
        for name in progress.counted(rounds, "measuring", unit="parts"):
            start, used = time.perf_counter(), time.process_time()
            timed[name]()
            seconds[name].append(time.perf_counter() - start)
            busy[name].append(time.process_time() - used)
    rates = {name: arguments.frames / statistics.median(values) for name, values in seconds.items()}
    here, names = machine(["openvino", "av"]), ", ".join(predictor.model.name for predictor in predictors)
    print(f"{here['cpu']}, {here['cores']} cores; {names}; {size[1]} x {size[0]}\n")
    print("| | frames/s | of the networks alone | of prediction alone | processor, ms |\n|---|---:|---:|---:|---:|")
    for name, rate in rates.items():
        shares = (rate / rates["networks alone"], rate / rates["prediction alone"])
        milliseconds = 1000 * statistics.median(busy[name]) / arguments.frames
        print(f"| {name} | {rate:.2f} | {shares[0]:.2f} | {shares[1]:.2f} | {milliseconds:.0f} |")
    return 0


if __name__ == "__main__":
    run(main)
