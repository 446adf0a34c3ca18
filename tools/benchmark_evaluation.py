"""Time the Evaluation page on large evaluations: ``python -m tools.benchmark_evaluation``.

Three made-up runs of PASCAL VOC are scored on thousands of made-up images, without any picture. For each view the time
runs from a click to the end of the script, without a browser: the first visit, and the median of later clicks, each of
which changes something else.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from configs import schema
from configs.command_line import ArgumentParser, run
from configs.files import sha256
from configs.paths import ROOT
from data.label_space import LabelSpace
from models.metrics.segmentation import iou, mean_over_present
from models.runs.run import Run
from tests.pages.app import open_page
from tools.dashboard import machine

CONFIG = "voc_mobilenetv2_pix2pix.yaml"
MODELS = {"model_a": 0.1, "model_b": 0.12, "model_c": 0.3}
"""The share of the pixels that each model takes for another class."""
ROUNDS = 5
App = Any
"""The page as Streamlit's AppTest, which runs it without a browser."""
Click = tuple[str, str, tuple[Any, ...]]
ELSEWHERE: Click = ("segmented_control", "cost", ("Parameters", "Size"))
CLICKS: dict[str, Click] = {
    "Classes": ("segmented_control", "order", ("By IoU", "By pixels", "As in the dataset")),
    "Confusion": ("segmented_control", "by", ("prediction", "truth")),
    "Images": ("segmented_control", "side", ("Best", "Worst")),
    "Two models": ("selectbox", "b", ("model_c", "model_b")),
    "Scenarios": ("segmented_control", "scenario", ("Size of the object", "Number of classes")),
}
"""A control of the view and the values that the clicks give it in turn; in other views they change the chart above."""


def scores(space: LabelSpace, images: int, errors: float) -> dict[str, Any]:
    """Return the scores of a made-up model on a split of an ``evaluation.json``; the truth is always the same."""
    truth_random, random = np.random.default_rng(0), np.random.default_rng(round(1000 * errors))
    classes = len(space.scored)
    shown = truth_random.random((images, classes)) < 3 / classes
    shown[:, 0] = True
    truth = shown * truth_random.integers(500, 60_000, shown.shape)
    wrong = random.binomial(truth, np.clip(random.normal(errors, errors / 2, shown.shape), 0, 1))
    taken_for = random.multinomial(wrong, np.full(classes, 1 / classes))  # (images, truth, prediction)
    taken_for[:, range(classes), range(classes)] += truth - wrong
    hits = taken_for[:, range(classes), range(classes)]
    alarms, misses = taken_for.sum(axis=1) - hits, truth - hits
    names, each = [space.names[ident] for ident in space.scored], iou(hits, alarms, misses)
    pooled = iou(hits.sum(axis=0), alarms.sum(axis=0), misses.sum(axis=0))
    per_image = [
        {"id": f"image_{index:06d}", "miou": float(miou), "tp": tp.tolist(), "fp": fp.tolist(), "fn": fn.tolist()}
        for index, (miou, tp, fp, fn) in enumerate(zip(mean_over_present(each), hits, alarms, misses, strict=True))
    ]
    bins = np.linspace(0.1, 1, 15)
    return {
        "images": {"count": images, "digest": "0" * 64},
        "miou": float(mean_over_present(pooled)),
        "pixel_accuracy": float(hits.sum() / truth.sum()),
        "classes": [
            {"name": name, "iou": float(value) if pixels else None, "pixels": int(pixels)}
            for name, value, pixels in zip(names, pooled, truth.sum(axis=0), strict=True)
        ],
        "confusion": taken_for.sum(axis=0).tolist(),
        "calibration": [{"pixels": 1000, "accuracy": value * (1 - errors), "confidence": value} for value in bins],
        "calibration_error": errors / 2,
        "detection": {
            "iou": 0.5,
            "smallest_object": 0.001,
            "precision": 1 - errors,
            "recall": 1 - errors,
            "map50": 1 - errors,
            "classes": [{"name": name, "truth": 100, "predicted": 100, "ap50": 1 - errors} for name in names],
        },
        "per_image": per_image,
        "engine": "made up",
        "date": "2026-01-02T03:04:05+00:00",
    }


def make_runs(folder: Path, images: int) -> None:
    """Write the runs."""
    for name, errors in MODELS.items():
        one = Run(folder / name, published=False)
        one.path.mkdir(parents=True)
        experiment = schema.load(ROOT / "configs" / CONFIG, [f"name={name}"])
        (one.path / "config.yaml").write_text(schema.dump(experiment))
        one.weights.write_bytes(name.encode())
        split = {**scores(one.label_space, images, errors), "weights": sha256(one.weights)}
        (one.path / "evaluation.json").write_text(json.dumps({"schema": 1, "val": split}))


def milliseconds(action: Callable[[], App]) -> tuple[float, float]:
    """Run the page; return how long that took, and for how long the processor worked on it."""
    started, worked = time.perf_counter(), time.process_time()
    app = action()
    took, work = 1000 * (time.perf_counter() - started), 1000 * (time.process_time() - worked)
    if app.exception or app.error:
        raise RuntimeError(f"the page failed: {[*app.exception, *app.error]}")
    return took, work


def sent(app: App) -> int:
    """Return how many bytes of charts and tables the page sends to the browser."""
    charts = sum(len(chart.proto.spec) for chart in app.get("plotly_chart"))
    return charts + sum(table.proto.ByteSize() for table in app.dataframe)


def measure(app: App, view: str) -> list[float]:
    """Return the times of the first visit of a view and the medians of later clicks, and the kB sent for one."""
    first = milliseconds(lambda: app.segmented_control(key="evaluation_view").set_value(view).run())
    kind, name, values = CLICKS.get(view, ELSEWHERE)

    def click(number: int) -> tuple[float, float]:
        control = getattr(app, kind)(key=f"evaluation_{name}")
        return milliseconds(lambda: control.set_value(values[number % len(values)]).run())

    clicks = [click(number) for number in range(ROUNDS + len(values))][len(values) :]
    return [*first, *(statistics.median(times) for times in zip(*clicks, strict=True)), sent(app) / 1000]


def main() -> int:
    """Make the runs, visit every view, and print the times."""
    parser = ArgumentParser(prog="python -m tools.benchmark_evaluation", description="Time the Evaluation page.")
    parser.add_argument("--images", type=int, default=5000, help="scored images (5000)")
    images = parser.parse_args().images
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SEGDECK_RUNS": folder, "SEGDECK_DATA": f"{folder}/none", "SEGDECK_CACHE": f"{folder}/cache"}
        make_runs(Path(folder), images)
        link = {"dataset": "voc2012", "models": ",".join(MODELS)}
        app = open_page("pages/3_Evaluation.py", link)
        print(f"{len(MODELS)} models, {images} images, 21 classes ({machine()})")
        print(
            "".join(f"{title:>12}" for title in ("view", "first ms", "processor", "later ms", "processor", "sent kB"))
        )
        for view in app.segmented_control(key="evaluation_view").options:
            print(f"{view:>12}" + "".join(f"{value:>12.0f}" for value in measure(app, view)), flush=True)
    return 0


if __name__ == "__main__":
    run(main)
