"""What ``tools.growth`` measures: everything whose cost depends on how large a picture or a dataset is."""

import csv
import io
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.paths import ROOT
from data import colours, image_table, samples
from data.geometry import letterbox
from data.label_maps import resize_nearest
from data.label_space import LabelSpace
from models.inference.loading import load_predictor
from models.inference.predictor import Predictor
from models.inference.score_maps import Probabilities, decide
from models.metrics import bootstrap, scenarios
from models.metrics.agreement import agreement
from models.metrics.bootstrap import ImageCounts
from models.metrics.counts import Counts, count
from models.metrics.detection import Matches
from models.runs import registry
from models.runs.evaluation import Evaluation, Images, ImageScores, SplitScores
from models.runs.run import Run
from pages.evaluation import class_errors, extreme_images, image_boxes, scenario_choice
from pages.shared.content.scores import Scores
from tools.benchmark_evaluation import CONFIG, scores
from train.evaluation import report, scoring
from train.evaluation.counting import Counted

MEGAPIXELS = (0.1, 0.3, 1.0, 3.0, 6.0, 12.0, 24.0)
MODELS = (1, 2, 4, 8)
CLASSES = (3, 10, 30, 75, 150)
IMAGES = (100, 1_000, 10_000, 100_000)
OBJECTS = 3
"""Regions that are found in each image."""

Call = Callable[[], object]
Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class Task:
    """Something to measure: ``prepare`` makes the input of a size and returns what is timed."""

    title: str
    unit: str
    sizes: tuple[float, ...]
    prepare: Callable[[float], Call]


@cache
def _predictor(number: int) -> Predictor:
    """Return one of several predictors of the same U-Net."""
    return load_predictor(registry.find_run("pets_unet"))


def forget() -> None:
    """Give the memory of predictors and made-up scores back."""
    _predictor.cache_clear()
    _split.cache_clear()


def _picture(megapixels: float) -> Labels:
    """Return a photograph of 4:3 with so many megapixels."""
    width = round((megapixels * 4e6 / 3) ** 0.5)
    return np.asarray(cv2.resize(samples.get("chelsea").load(), (width, width * 3 // 4)), np.uint8)


def _blocks(shape: tuple[int, ...], classes: int, seed: int) -> Labels:
    """Return a label map of blocks, ``(H, W)``; most of its classes are the same for every seed."""
    small = np.random.default_rng(0).integers(0, classes, (24, 32), dtype=np.uint8)
    random = np.random.default_rng(seed)
    changed = random.random(small.shape) < 0.2
    small[changed] = random.integers(0, classes, int(changed.sum()), dtype=np.uint8)
    return resize_nearest(small, *shape[:2])


def _space(classes: int) -> LabelSpace:
    return LabelSpace(tuple(f"class {index}" for index in range(classes)), tuple(colours.distinct(classes)))


def predict(megapixels: float) -> Call:
    """Predict a picture with a U-Net."""
    predictor, image = _predictor(0), _picture(megapixels)
    return lambda: predictor.predict(image)


def count_picture(megapixels: float) -> Call:
    """Count a predicted picture for an evaluation, with its outlines, kinds of errors and confidence."""
    shape, space = _picture(megapixels).shape, _space(12)
    truth, predicted = _blocks(shape, 12, 1), _blocks(shape, 12, 2)
    confidence = np.full(truth.shape, 0.7, np.float32)
    return lambda: count(truth, predicted, confidence, space)


def predict_with_models(models: float) -> Call:
    """Predict a picture of a megapixel with several models of equal size, one after the other."""
    chosen, image = [_predictor(number) for number in range(int(models))], _picture(1)
    return lambda: [one.predict(image) for one in chosen]


def compare_models(models: float) -> Call:
    """Compare the label maps of several models for a picture of a megapixel, each with each."""
    dataset = registry.find_run("camvid_unet").dataset
    shape, classes = _picture(1).shape, len(dataset.label_space.scored)
    maps = [_blocks(shape, classes, seed) for seed in range(int(models))]
    return lambda: agreement(maps, [dataset] * len(maps))


def decide_classes(classes: float) -> Call:
    """Decide the labels of a megapixel from the scores of so many classes, each of which may win."""
    values = np.random.default_rng(0).random((64, 64, int(classes)), np.float32)
    values /= values.sum(axis=2, keepdims=True)
    box = letterbox((1000, 1000), (64, 64), "stretch")
    return lambda: decide(Probabilities(values, box, tuple(range(int(classes)))))


def count_classes(classes: float) -> Call:
    """Count a megapixel with so many classes for an evaluation."""
    space = _space(int(classes))
    truth, predicted = (_blocks((1000, 1000), int(classes), seed) for seed in (1, 2))
    confidence = np.full(truth.shape, 0.7, np.float32)
    return lambda: count(truth, predicted, confidence, space)


def score_classes(classes: float) -> Call:
    """Turn the counts of an image with so many classes into the scores of a split, as JSON."""
    space = _space(int(classes))
    truth, predicted = (_blocks((300, 400), int(classes), seed) for seed in (1, 2))
    counts = count(truth, predicted, None, space)
    return lambda: _scores_as_json(counts, space, [report.image_scores("image", counts)])


def compare_classes(classes: float) -> Call:
    """Compare two models in every one of so many classes over 200 images."""
    random, names = np.random.default_rng(0), _space(int(classes)).names
    ids = tuple(f"image_{index}" for index in range(200))
    counts = random.integers(1, 1000, (3, len(ids), len(names)))
    seed = itertools.count()
    one = ImageCounts("digest", names, ids, counts)
    return lambda: bootstrap.paired_bootstrap_by_class(one, replace(one), seed=next(seed))


@cache
def _run() -> Run:
    return Run(ROOT / "models" / "zoo" / CONFIG.removesuffix(".yaml"), published=True)


@lru_cache(maxsize=2)
def _split(images: float, errors: float) -> SplitScores:
    """Return the scores of a made-up model on so many images, in the 21 classes of PASCAL VOC."""
    return SplitScores.model_validate(scores(_run().label_space, int(images), errors))


def _scores_as_json(counts: Counts, space: LabelSpace, per_image: list[ImageScores]) -> str:
    made = report.split_scores(
        counts,
        space,
        {},
        images=Images(digest=""),
        per_image=per_image,
        detection=None,
    )
    return report.to_json(Evaluation(splits={"val": made}).document())


def pool(images: float) -> Call:
    """Pool what an evaluation counted in each image, with three objects in each, into scores."""
    space = _run().label_space
    truth, predicted = (_blocks((30, 40), len(space.scored), seed) for seed in (1, 2))
    counts = count(truth, predicted, None, space)
    found = Matches(np.ones(OBJECTS, np.int64), np.ones(OBJECTS), np.ones(OBJECTS, bool), Matches.none(space).truth)
    counted = Counted("image", counts, found, (1, 1), None)

    def call() -> object:
        pooled, _, matches, _ = scoring._pool(itertools.repeat(counted, int(images)), space, None)
        assert matches is not None
        return pooled, report.detection_scores(matches, space, 0.001)

    return call


def write(images: float) -> Call:
    """Write the scores as JSON."""
    evaluation = Evaluation(splits={"val": _split(images, 0.1)})
    return lambda: report.to_json(evaluation.document())


def read(images: float) -> Call:
    """Read the scores from JSON."""
    text = json.dumps({"schema": 1, "val": scores(_run().label_space, int(images), 0.1)})
    return lambda: Evaluation.parse(text)


def _per_image(use: Callable[[Scores], object]) -> Callable[[float], Call]:
    """Return a task that uses the scores of a made-up model, with all tables made anew."""

    def prepare(images: float) -> Call:
        split = _split(images, 0.1)
        return lambda: use(Scores("model_a", _run(), "val", split.model_copy()))

    return prepare


def _pair(use: Callable[[ImageCounts, ImageCounts, int], object]) -> Callable[[float], Call]:
    """Return a task that uses the counts of two models, with resamples of its own in every call."""

    def prepare(images: float) -> Call:
        a, b = (ImageCounts.from_evaluation(_split(images, errors)) for errors in (0.1, 0.12))
        seed = itertools.count()
        return lambda: use(a, b, next(seed))

    return prepare


def _groups(one: Scores) -> object:
    choice = scenario_choice.Choice(one.counts, None, "", {}, {})
    groups = [choice.scenario(title).groups for title in choice.titles]
    return [one.counts.subset(group.indices).miou() for each in groups for group in each]


def own_columns(images: float) -> Call:
    """Read a visitor's table of the images."""
    text = io.StringIO()
    rows = ((f"image_{index:06d}", index % 7, ("rain", "sun")[index % 2]) for index in range(int(images)))
    csv.writer(text).writerows([("image", "number", "weather"), *rows])
    content, ids = text.getvalue().encode(), [f"image_{index:06d}" for index in range(int(images))]

    def call() -> object:
        table = image_table.parse(content, "images.csv", ids)
        return [scenarios.terciles(values) for values in table.numbers.values()], [
            scenarios.categories(words) for words in table.categories.values()
        ]

    return call


TASKS: Mapping[str, Task] = {
    "predict": Task("a prediction", "megapixels", MEGAPIXELS, predict),
    "count": Task("counting a prediction for an evaluation", "megapixels", MEGAPIXELS, count_picture),
    "models": Task("predictions of a picture", "models", MODELS, predict_with_models),
    "agreement": Task("agreement, each with each", "models", MODELS, compare_models),
    "decide": Task("deciding labels", "classes", CLASSES, decide_classes),
    "count-classes": Task("counting a prediction for an evaluation", "classes", CLASSES, count_classes),
    "score-classes": Task("scores of a split as JSON", "classes", CLASSES, score_classes),
    "compare-classes": Task("differences with p-values", "classes", CLASSES, compare_classes),
    "pool": Task("pooling the counts, with objects", "images", IMAGES, pool),
    "write": Task("writing evaluation.json", "images", IMAGES, write),
    "read": Task("reading evaluation.json", "images", IMAGES, read),
    "counts": Task("counts as an array", "images", IMAGES, _per_image(lambda one: one.counts)),
    "rows": Task("the table of images", "images", IMAGES, _per_image(lambda one: one.images)),
    "box": Task("the plot of images", "images", IMAGES, _per_image(image_boxes.box)),
    "worst": Task(
        "the worst images", "images", IMAGES, _per_image(lambda one: extreme_images.ranked(one.images, "Worst", 6))
    ),
    "class": Task(
        "the worst images of a class", "images", IMAGES,
        _per_image(lambda one: class_errors.OfClass("background").ranked(one, 6, worst=True)),
    ),
    "groups": Task("scores of groups", "images", IMAGES, _per_image(_groups)),
    "columns": Task("a visitor's table", "images", IMAGES, own_columns),
    "interval": Task(
        "the interval of a mIoU", "images", IMAGES, _pair(lambda a, b, seed: bootstrap.miou_interval(a, seed=seed))
    ),
    "pair": Task(
        "two models", "images", IMAGES, _pair(lambda a, b, seed: bootstrap.paired_bootstrap(a, b, seed=seed))
    ),
    "pair-classes": Task(
        "two models in every class", "images", IMAGES,
        _pair(lambda a, b, seed: bootstrap.paired_bootstrap_by_class(a, b, seed=seed)),
    ),
}  # fmt: skip
"""Every task by its name on the command line."""
