"""Tiny datasets in the official layouts, created for each test that requests them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

WIDTH, HEIGHT = 24, 16
IDS = {"train": ("a_1", "b_2", "c_3"), "val": ("d_4", "e_5")}


def picture(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def labels(seed: int, values: list[int]) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).choice(np.array(values, np.uint8), (HEIGHT, WIDTH)))


def save(image: Image.Image, path: Path, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


def write(text: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make_pets(folder: Path) -> None:
    """Add what official archives also contain: macOS's files, unlisted images and a commented list of all breeds."""
    for seed, name in enumerate((*IDS["train"], *IDS["val"], "unlisted_6")):
        save(picture(seed), folder / "images" / f"{name}.jpg")
        save(labels(seed, [1, 2, 3]), folder / "annotations" / "trimaps" / f"{name}.png")
        write("macOS", folder / "annotations" / "trimaps" / f"._{name}.png")
    for split, name in (("train", "trainval"), ("val", "test")):
        lines = ["#Image CLASS-ID SPECIES BREED ID", *(f"{name} 1 1 1" for name in IDS[split])]
        write("\n".join(lines), folder / "annotations" / f"{name}.txt")


def make_camvid(folder: Path) -> None:
    for split, names in (*IDS.items(), ("test", ("f_6",))):
        for seed, name in enumerate(names):
            save(picture(seed), folder / split / f"{name}.png")
            save(labels(seed, list(range(12))), folder / f"{split}annot" / f"{name}.png")


def make_voc(folder: Path) -> None:
    for split, names in IDS.items():
        write("\n".join(names) + "\n", folder / "ImageSets" / "Segmentation" / f"{split}.txt")
        for seed, name in enumerate(names):
            save(picture(seed), folder / "JPEGImages" / f"{name}.jpg")
            mask = labels(seed, [*range(21), 255]).convert("P")
            mask.putpalette([(37 * value) % 256 for value in range(768)])
            save(mask, folder / "SegmentationClass" / f"{name}.png")


def make_grocery(folder: Path) -> None:
    for split, names in IDS.items():
        for seed, name in enumerate(names):
            save(picture(seed), folder / "images" / split / f"{name}.jpg")
            write("0 0.1 0.1 0.9 0.1 0.9 0.9\n23 0.2 0.2 0.4 0.2 0.3 0.4\n", folder / "labels" / split / f"{name}.txt")


LAYOUTS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "oxford_iiit_pet": ("oxford_iiit_pet", make_pets),
    "camvid": ("CamVid", make_camvid),
    "voc2012": ("VOCdevkit/VOC2012", make_voc),
    "grocery": ("grocery", make_grocery),
}


@pytest.fixture
def tiny_data(tmp_path: Path) -> Path:
    """Return a data folder with all four datasets, 3 + 2 images of 24x16 each."""
    for folder, make in LAYOUTS.values():
        make(tmp_path / "data" / folder)
    return tmp_path / "data"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty cache folder, and return it."""
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty data folder, and return it."""
    folder = tmp_path / "own_data"
    folder.mkdir()
    monkeypatch.setenv("SEGDECK_DATA", str(folder))
    return folder
