"""Groceries: 24 kinds of packaged food and household goods, outlined by polygons.

Source: https://github.com/josh-rdc/grocery-detection-segmentation-webapp, photographs by the AI 231 class of the
University of the Philippines Diliman.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from configs.yaml_loader import load_yaml
from data import pairs, polygons
from data.dataset import Archive, Dataset, Pair
from data.label_space import LabelSpace

_CLASSES = {  # from a search for colours that everyone can distinguish, the colour-blind included
    "background": "#000000",
    "bottled soda": "#00c020",
    "cheese": "#ffffa0",
    "chocolate": "#602040",
    "coffee": "#c04080",
    "condensed milk": "#e0ffe0",
    "cooking oil": "#808000",
    "corned beef": "#c08080",
    "garlic": "#c0c0c0",
    "instant noodles": "#ffa080",
    "ketchup": "#c00040",
    "lemon": "#a0e000",
    "all-purpose cream": "#a0ffff",
    "mayonnaise": "#4080ff",
    "peanut butter": "#406000",
    "pasta": "#408060",
    "pineapple juice": "#20e0a0",
    "crackers": "#604080",
    "sardines (canned)": "#0000c0",
    "pink shampoo": "#ff40c0",
    "soap": "#e0a0ff",
    "soy sauce": "#204020",
    "toothpaste": "#006060",
    "canned tuna": "#8080a0",
    "alcohol": "#a000e0",
}
LABEL_SPACE = LabelSpace(names=tuple(_CLASSES), colours=tuple(_CLASSES.values()))
_PRODUCTS = LABEL_SPACE.names[1:]
"""The classes that the files number from 0; the background has no number there."""
_VAL_PERCENT = 15


def _pairs(folder: Path) -> dict[str, list[Pair]]:
    if (folder / "data.yaml").exists():
        _check_names(folder / "data.yaml")
    images, labels = folder / "images", folder / "labels"
    splits = [split for split in ("train", "val", "test") if (images / split).is_dir()]
    if splits:
        return {split: pairs.of_folders(images / split, labels / split, (".txt",)) for split in splits}
    return _split(pairs.of_folders(images, labels, (".txt",)))


def _split(members: list[Pair]) -> dict[str, list[Pair]]:
    """Divide pairs by a hash of the file name, so that adding pictures never moves one from train to val."""
    splits: dict[str, list[Pair]] = {"train": [], "val": []}
    for pair in members:
        number = int(hashlib.sha256(pair.image.name.encode()).hexdigest(), 16)
        splits["val" if number % 100 < _VAL_PERCENT else "train"].append(pair)
    return {split: chosen for split, chosen in splits.items() if chosen}


def _check_names(file: Path) -> None:
    """Raise ``UserError`` if a ``data.yaml`` has other classes or numbers; spelling and word order may differ."""
    try:
        content = load_yaml(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: cannot be read ({error})") from error
    names = content.get("names") if isinstance(content, Mapping) else None
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, Mapping):
        raise UserError(f"{file}: must have the class names under the key 'names'")
    for number, product in enumerate(_PRODUCTS):
        if number not in names or _words(names[number]) != _words(product):
            raise UserError(f"{file}: class {number} must be {product!r}, not {names.get(number)!r}")
    if len(names) > len(_PRODUCTS):
        raise UserError(f"{file}: names {len(names)} classes; this dataset has {len(_PRODUCTS)}")


def _words(name: Any) -> list[str]:
    return sorted(re.findall(r"[a-z0-9]+", str(name).lower()))


def _read_mask(pair: Pair, size: tuple[int, int]) -> NDArray[np.uint8]:
    return polygons.draw(polygons.read(pair.annotation, len(_PRODUCTS)), size)


def _read_boxes(pair: Pair, size: tuple[int, int]) -> NDArray[np.int32]:
    return polygons.boxes(polygons.read(pair.annotation, len(_PRODUCTS)), size)


DATASET = Dataset(
    name="grocery",
    title="Grocery products",
    folder="grocery",
    label_space=LABEL_SPACE,
    licence="MIT (repository); pictures by the AI 231 class of UP Diliman",
    homepage="https://github.com/josh-rdc/grocery-detection-segmentation-webapp",
    kind="grocery",
    pairs=_pairs,
    read_mask=_read_mask,
    read_boxes=_read_boxes,
    archives=(
        Archive(
            url="https://codeload.github.com/josh-rdc/grocery-detection-segmentation-webapp/tar.gz/10c25db138a0f66ffa49240091b1b7307fb9a1e5",
            folder="grocery-detection-segmentation-webapp-10c25db138a0f66ffa49240091b1b7307fb9a1e5/validations",
            target="grocery",
            parts=("images", "labels"),
            tree_sha256="82a6064f4fd5582729523db9501a3b67bc5f669d135ee74cf1ba3da9cd52517d",
        ),
    ),
)
