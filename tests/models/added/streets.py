"""A small CamVid, whose pictures have predictions in tests."""

from pathlib import Path

import numpy as np
from PIL import Image

from data import datasets, store

SIZES = {"d_4": (16, 24), "e_5": (20, 14), "f_6": (16, 24)}
SPACE = datasets.get("camvid").label_space
CLASSES = len(SPACE.scored)


def make(folder: Path) -> Path:
    """Write a dataset with three pictures in ``val``, of two sizes, and return its data directory."""
    for split, names in (("train", ["a_1"]), ("val", SIZES)):
        for seed, name in enumerate(names):
            size = SIZES.get(name, (16, 24))
            rng = np.random.default_rng(seed + (split == "val") * 10)
            for kind, values in (("", rng.integers(0, 256, (*size, 3))), ("annot", rng.integers(0, 12, size))):
                path = folder / "CamVid" / f"{split}{kind}" / f"{name}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(values.astype(np.uint8)).save(path)
    return folder


def samples(data_dir: Path) -> store.Samples:
    return store.open_split("camvid", "val", data_dir)


def label_maps(seed: int = 0) -> dict[str, np.ndarray]:
    """Return a prediction for every picture, by its id."""
    rng = np.random.default_rng(seed)
    return {name: rng.integers(0, CLASSES, size).astype(np.uint8) for name, size in SIZES.items()}


def write(folder: Path, maps: dict[str, np.ndarray]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, labels in maps.items():
        Image.fromarray(labels).save(folder / f"{name}.png")
    return folder


def plain_scores(data_dir: Path, maps: dict[str, np.ndarray]) -> tuple[list[float | None], float]:
    """Return IoU by class and their mean, counted pixel by pixel."""
    confusion = np.zeros((12, 12), int)
    for sample in samples(data_dir):
        np.add.at(confusion, (sample.mask, maps[sample.id]), 1)
    confusion = confusion[:CLASSES]
    hits = confusion.diagonal()
    union = confusion.sum(axis=1) + confusion.sum(axis=0)[:CLASSES] - hits
    ious = [hit / all_ if truth else None for hit, all_, truth in zip(hits, union, confusion.sum(axis=1), strict=True)]
    return ious, float(np.mean([iou for iou in ious if iou is not None]))
