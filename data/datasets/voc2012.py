"""PASCAL VOC 2012 segmentation: 20 kinds of things in photographs of everyday scenes.

Source: Everingham, Van Gool, Williams, Winn, Zisserman, "The PASCAL Visual Object Classes Challenge 2012".
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import masks, pairs
from data.dataset import Archive, Dataset, Pair
from data.label_space import LabelSpace

_CLASSES = {  # from a search for colours that everyone can distinguish, the colour-blind included
    "background": "#000000",
    "aeroplane": "#0000ff",
    "bicycle": "#a0ff00",
    "bird": "#a02060",
    "boat": "#004040",
    "bottle": "#606080",
    "bus": "#ffe0a0",
    "car": "#e0c0ff",
    "cat": "#e02000",
    "chair": "#20e0c0",
    "cow": "#a08060",
    "dining table": "#e060a0",
    "dog": "#40a0c0",
    "horse": "#602080",
    "motorbike": "#a040c0",
    "person": "#a0a040",
    "potted plant": "#208020",
    "sheep": "#a080ff",
    "sofa": "#602000",
    "train": "#606040",
    "tv monitor": "#e0a0a0",
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
