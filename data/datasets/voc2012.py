"""PASCAL VOC 2012 segmentation: 20 kinds of things in photographs of everyday scenes.

Source: Everingham, Van Gool, Williams, Winn, Zisserman, "The PASCAL Visual Object Classes Challenge 2012".
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import masks, pairs
from data.dataset import Archive, Dataset, Pair
from data.label_space import LabelSpace

_CLASSES = {  # colours far apart in CIELAB, also as the red-blind and the green-blind see them
    "background": "#000000",
    "aeroplane": "#0000ff",
    "bicycle": "#e0ff00",
    "bird": "#603060",
    "boat": "#006000",
    "bottle": "#0060ff",
    "bus": "#ffe060",
    "car": "#ffc0ff",
    "cat": "#e00030",
    "chair": "#c0ffc0",
    "cow": "#ff6000",
    "dining table": "#c03060",
    "dog": "#309090",
    "horse": "#303090",
    "motorbike": "#6000c0",
    "person": "#90c060",
    "potted plant": "#90ff90",
    "sheep": "#6090c0",
    "sofa": "#603030",
    "train": "#30c090",
    "tv monitor": "#9090ff",
    "void": "#ffffff",
}
_VOID = 21
LABEL_SPACE = LabelSpace(names=tuple(_CLASSES), colours=tuple(_CLASSES.values()), void=_VOID)
_IDS = {value: value for value in range(_VOID)} | {255: _VOID}
"""Raw value of a mask, which is also its palette index: id."""


def _pairs(folder: Path) -> dict[str, list[Pair]]:
    places = folder / "JPEGImages", folder / "SegmentationClass"
    images, annotations = pairs.by_stem(places[0]), pairs.by_stem(places[1], (".png",))
    lists = folder / "ImageSets" / "Segmentation"
    return {split: pairs.of_list(lists / f"{split}.txt", images, annotations, places) for split in ("train", "val")}


def _read_mask(pair: Pair, size: tuple[int, int]) -> NDArray[np.uint8]:
    return masks.to_ids(pair.annotation, masks.read_values(pair.annotation, size), _IDS)


DATASET = Dataset(
    name="voc2012",
    title="PASCAL VOC 2012",
    folder="VOCdevkit/VOC2012",
    label_space=LABEL_SPACE,
    licence="Flickr's terms of use",
    homepage="http://host.robots.ox.ac.uk/pascal/VOC/voc2012/",
    kind="scene",
    pairs=_pairs,
    read_mask=_read_mask,
    archives=(
        Archive(
            url="http://host.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
            folder="VOCdevkit/VOC2012",
            target="VOCdevkit/VOC2012",
            parts=("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"),
            bytes=1_999_639_040,
            sha256="e14f763270cf193d0b5f74b169f44157a4b0c6efa708f4dd0ff78ee691763bcb",
        ),
    ),
)
