"""Write small datasets as other programs write them, with the label map that each picture should give."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.data.conftest import picture, save, write

WIDTH, HEIGHT = 24, 16
SIZE = HEIGHT, WIDTH


@dataclass
class Made:
    """What a folder should be read as: the class names, and the splits with the class names of each pixel."""

    classes: tuple[str, ...]
    splits: dict[str, dict[str, NDArray[np.str_]]] = field(default_factory=dict)
    void: str | None = None


def blank(name: str = "background") -> NDArray[np.str_]:
    return np.full(SIZE, name, dtype="<U40")


def with_box(labels: NDArray[np.str_], name: str, left: int, top: int, right: int, bottom: int) -> NDArray[np.str_]:
    """Return labels with a box whose right and bottom edges do not belong to it."""
    changed = labels.copy()
    changed[top:bottom, left:right] = name
    return changed


def image(path: Path, seed: int = 0) -> None:
    save(picture(seed, WIDTH, HEIGHT), path)


def grey(path: Path, values: NDArray[Any], dtype: Any = np.uint8) -> None:
    save(Image.fromarray(values.astype(dtype)), path)


def palette(path: Path, values: NDArray[Any]) -> None:
    mask = Image.fromarray(values.astype(np.uint8))
    mask.putpalette([(37 * value) % 256 for value in range(768)])
    save(mask, path)


def coloured(path: Path, labels: NDArray[np.str_], colours: dict[str, tuple[int, int, int]]) -> None:
    pixels = np.zeros((*SIZE, 3), np.uint8)
    for name, colour in colours.items():
        pixels[labels == name] = colour
    save(Image.fromarray(pixels), path)


def dump(content: Any, path: Path) -> None:
    write(json.dumps(content), path)


def numbers(labels: NDArray[np.str_], values: dict[str, int]) -> NDArray[np.int64]:
    result = np.zeros(SIZE, np.int64)
    for name, value in values.items():
        result[labels == name] = value
    return result


CAT_DOG = with_box(with_box(blank(), "cat", 2, 3, 10, 9), "dog", 8, 5, 20, 14)
DOG = with_box(blank(), "dog", 4, 4, 6, 12)
SCENES = {"a": CAT_DOG, "b": DOG, "c": with_box(CAT_DOG, "cat", 0, 0, 3, 3)}
TRAIN_VAL = {"train": ("a", "b"), "val": ("c",)}


def expected(classes: tuple[str, ...], void: str | None = None) -> Made:
    splits = {split: {name: SCENES[name] for name in names} for split, names in TRAIN_VAL.items()}
    return Made(classes, splits, void)


def make_folder(folder: Path) -> Made:
    """Images and masks with split folders inside, palette masks, and a table of classes."""
    for split, names in TRAIN_VAL.items():
        for name in names:
            image(folder / "images" / split / f"{name}.jpg")
            values = numbers(SCENES[name], {"background": 0, "cat": 1, "dog": 2})
            palette(folder / "masks" / split / f"{name}_mask.png", values)
    write("background\ncat\ndog\n", folder / "classes.txt")
    return expected(("background", "cat", "dog"))


def make_voc(folder: Path) -> Made:
    base = folder / "VOC2012"
    border = with_box(CAT_DOG, "void", 0, 0, 24, 1)
    for name, labels in (("a", border), ("b", DOG), ("unlisted", DOG)):
        image(base / "JPEGImages" / f"{name}.jpg")
        palette(base / "SegmentationClass" / f"{name}.png", numbers(labels, {"cat": 8, "dog": 12, "void": 255}))
    for split, names in (("train", "a\n"), ("val", "b\n"), ("trainval", "a\nb\n")):
        write(names, base / "ImageSets" / "Segmentation" / f"{split}.txt")
    from data.datasets.voc2012 import LABEL_SPACE

    return Made(LABEL_SPACE.names, {"train": {"a": border}, "val": {"b": DOG}}, "void")


def make_cvat(folder: Path) -> Made:
    """As CVAT exports it: lines sorted by name, colours, and a picture without a mask in a folder of its own."""
    colours = {"Road": (128, 64, 128), "animal": (10, 20, 30), "background": (0, 0, 0), "car": (0, 0, 142)}
    lines = [f"{name}:{red},{green},{blue}::" for name, (red, green, blue) in colours.items()]
    write("\n".join(["# label:color_rgb:parts:actions", *lines]) + "\n", folder / "labelmap.txt")
    write("a/im1\nim2\nim3\n", folder / "ImageSets" / "Segmentation" / "default.txt")
    one = with_box(with_box(blank(), "Road", 0, 8, 24, 16), "car", 5, 9, 9, 12)
    two = with_box(blank(), "animal", 3, 3, 9, 9)
    for name, labels in (("a/im1", one), ("im2", two)):
        image(folder / "JPEGImages" / f"{name}.jpg")
        coloured(folder / "SegmentationClass" / f"{name}.png", labels, colours)
    image(folder / "JPEGImages" / "im3.jpg")
    every = {"a__im1": one, "im2": two, "im3": blank()}
    return Made(("background", "Road", "animal", "car"), {"": every})


def square(left: int, top: int, right: int, bottom: int) -> list[float]:
    return [left, top, right, top, right, bottom, left, bottom]


def make_coco(folder: Path) -> Made:
    """Instances with gaps in the numbers of the categories; the smaller object lies on top of the larger one."""
    for number, (split, names) in enumerate(TRAIN_VAL.items()):
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for index, name in enumerate(names):
            image(folder / f"{split}2017" / f"{name}.jpg", 10 * number + index)
            images.append({"id": 10 * number + index, "file_name": f"{name}.jpg", "height": HEIGHT, "width": WIDTH})
            boxes = {"a": [(90, (8, 5, 20, 14)), (17, (2, 3, 10, 9))], "b": [(90, (4, 4, 6, 12))], "c": []}[name]
            annotations += [
                {"id": len(annotations), "image_id": 10 * number + index, "category_id": category, "iscrowd": 0}
                | {"segmentation": [square(*box)], "bbox": [0, 0, 1, 1], "area": 1}
                for category, box in boxes
            ]
        categories = [{"id": 17, "name": "cat"}, {"id": 90, "name": "dog"}]
        content = {"info": {}, "images": images, "annotations": annotations, "categories": categories}
        dump(content, folder / "annotations" / f"instances_{split}2017.json")
        dump({"info": {}, "images": images, "annotations": []}, folder / "annotations" / f"captions_{split}2017.json")
    over = with_box(with_box(blank(), "dog", 8, 5, 20, 14), "cat", 2, 3, 10, 9)
    return Made(("background", "cat", "dog"), {"train": {"a": over, "b": DOG}, "val": {"c": blank()}})


def make_coco_panoptic(folder: Path) -> Made:
    for number, (split, names) in enumerate(TRAIN_VAL.items()):
        images, annotations = [], []
        for index, name in enumerate(names):
            image(folder / "images" / f"{split}2017" / f"{name}.jpg")
            images.append({"id": index, "file_name": f"{name}.jpg", "height": HEIGHT, "width": WIDTH})
            # A segment's number needs all three channels: 70,000 is (112, 17, 1).
            segments = numbers(SCENES[name], {"cat": 70_000 + number, "dog": 3})
            pixels = np.stack([segments % 256, segments // 256 % 256, segments // 65536], axis=-1).astype(np.uint8)
            save(Image.fromarray(pixels), folder / "annotations" / f"panoptic_{split}2017" / f"{name}.png")
            info = [{"id": 70_000 + number, "category_id": 17, "iscrowd": 0}, {"id": 3, "category_id": 92}]
            annotations.append({"image_id": index, "file_name": f"{name}.png", "segments_info": info})
        categories = [
            {"id": 17, "name": "cat", "isthing": 1, "color": [1, 2, 3]},
            {"id": 92, "name": "dog", "isthing": 0},
        ]
        content = {"images": images, "annotations": annotations, "categories": categories}
        dump(content, folder / "annotations" / f"panoptic_{split}2017.json")
    made = expected(("cat", "dog", "void"), "void")
    for members in made.splits.values():
        members |= {name: np.where(labels == "background", "void", labels) for name, labels in members.items()}
    return made


def make_yolo(folder: Path) -> Made:
    """As Ultralytics lays it out; a picture without a label file is background."""
    write(
        "path: ../datasets/pets\ntrain: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n",
        folder / "data.yaml",
    )
    for name in ("train/a", "train/empty", "val/c"):
        image(folder / "images" / f"{name}.jpg")
    labels = ((1, 4, 4, 7, 12),)
    for name in ("train/a", "val/c"):
        lines = [
            " ".join([str(label), *(f"{value}" for value in np.divide(square(*box), [WIDTH, HEIGHT] * 4))])
            for label, *box in labels
        ]
        write("\n".join(lines) + "\n", folder / "labels" / f"{name}.txt")
    box = with_box(blank(), "dog", 4, 4, 8, 13)  # YOLO's outlines include their edge
    return Made(("background", "cat", "dog"), {"train": {"a": box, "empty": blank()}, "val": {"c": box}})


def make_roboflow(folder: Path) -> Made:
    for split, names in (("train", ("a", "b")), ("valid", ("c",))):
        write("Pixel Value, Class\n0, background\n1, cat\n2, dog", folder / split / "_classes.csv")
        for name in names:
            image(folder / split / f"{name}-jpg.rf.58df06a1.jpg")
            values = numbers(SCENES[name], {"cat": 1, "dog": 2})
            grey(folder / split / f"{name}-jpg.rf.58df06a1_mask.png", values)
    splits = {
        "train": {f"{name}-jpg.rf.58df06a1": SCENES[name] for name in "ab"},
        "val": {"c-jpg.rf.58df06a1": SCENES["c"]},
    }
    return Made(("background", "cat", "dog"), splits)


def make_cityscapes(folder: Path) -> Made:
    from data.formats.cityscapes import _CLASSES

    made = Made((*(name for name, _, _ in _CLASSES), "void"), void="void")
    one = with_box(with_box(blank("void"), "road", 0, 8, 24, 16), "car", 5, 9, 9, 12)
    for split, city in (("train", "aachen"), ("val", "munster")):
        name = f"{city}_000000_000019"
        image(folder / "leftImg8bit" / split / city / f"{name}_leftImg8bit.png")
        base = folder / "gtFine" / split / city
        values = numbers(one, {"road": 7, "car": 26, "void": 3})
        grey(base / f"{name}_gtFine_labelIds.png", values)
        made.splits[split] = {name: one}
    return made


def make_ade20k(folder: Path) -> Made:
    from data.formats.ade20k import _NAMES

    names = tuple(_NAMES.split(", "))
    one = with_box(with_box(blank("void"), "wall", 0, 0, 24, 8), "flag", 2, 9, 9, 12)
    made = Made((*names, "void"), void="void")
    for split, place in (("train", "training"), ("val", "validation")):
        name = f"ADE_{split}_00000001"
        image(folder / "images" / place / f"{name}.jpg")
        grey(folder / "annotations" / place / f"{name}.png", numbers(one, {"wall": 1, "flag": 150, "void": 0}))
        made.splits[split] = {name: one}
    return made


def shape(label: str, points: Any, kind: str | None = "polygon", **others: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}, **others}


def labelme(path: Path, shapes: list[dict[str, Any]], **others: Any) -> None:
    content: dict[str, Any] = {
        "version": "6.3.1",
        "flags": {},
        "shapes": shapes,
        "imagePath": f"{path.stem}.jpg",
        "imageData": None,
    }
    dump(content | {"imageHeight": HEIGHT, "imageWidth": WIDTH} | others, path)


def png64(mask: NDArray[Any]) -> str:
    content = io.BytesIO()
    Image.fromarray(mask).save(content, "PNG")
    return base64.b64encode(content.getvalue()).decode()


def make_labelme(folder: Path) -> Made:
    for split, names in TRAIN_VAL.items():
        for name in names:
            image(folder / split / f"{name}.jpg")
            boxes = {"a": [("cat", 2, 3, 10, 9), ("dog", 8, 5, 20, 14)], "b": [("dog", 4, 4, 6, 12)], "c": []}[name]
            shapes = [
                shape(label, [[left, top], [right - 1, bottom - 1]], "rectangle")  # edges belong to it
                for label, left, top, right, bottom in boxes
            ]
            labelme(folder / split / f"{name}.json", shapes)
    return Made(("background", "cat", "dog"), {"train": {"a": CAT_DOG, "b": DOG}, "val": {"c": blank()}})


def make_ultralytics(folder: Path) -> Made:
    write(
        "train: images/train\nval: images/val\nmasks_dir: masks\nnames: [background, cat, dog]\n", folder / "data.yaml"
    )
    for split, names in TRAIN_VAL.items():
        for name in names:
            image(folder / "images" / split / f"{name}.jpg")
            grey(folder / "masks" / split / f"{name}.png", numbers(SCENES[name], {"cat": 1, "dog": 2}))
    return expected(("background", "cat", "dog", "void"), "void")


MAKERS: dict[str, Callable[[Path], Made]] = {
    "folder": make_folder,
    "voc": make_voc,
    "cvat": make_cvat,
    "coco": make_coco,
    "coco-panoptic": make_coco_panoptic,
    "yolo": make_yolo,
    "roboflow": make_roboflow,
    "cityscapes": make_cityscapes,
    "ade20k": make_ade20k,
    "labelme": make_labelme,
    "ultralytics": make_ultralytics,
}
