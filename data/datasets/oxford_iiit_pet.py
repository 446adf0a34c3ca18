"""Oxford-IIIT Pet: cats and dogs, with trimaps of animal, background and the border between them.

Source: Parkhi, Vedaldi, Zisserman, Jawahar, "Cats and Dogs", CVPR 2012.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import masks, pairs
from data.dataset import Archive, Dataset, Pair
from data.label_space import LabelSpace

LABEL_SPACE = LabelSpace(
    names=("pet", "background", "border"),
    colours=("#e69f00", "#0072b2", "#f0e442"),  # from Okabe and Ito's palette for the colour-blind
    stuff=("border",),  # the outline of a pet, and of anything in front of it
)
_TRIMAP = {1: 0, 2: 1, 3: 2}
"""Trimap value: id."""
_LISTS = {"train": "trainval.txt", "val": "test.txt"}


def _pairs(folder: Path) -> dict[str, list[Pair]]:
    places = folder / "images", folder / "annotations" / "trimaps"
    images, trimaps = pairs.by_stem(places[0]), pairs.by_stem(places[1], (".png",))
    return {
        split: pairs.of_list(folder / "annotations" / name, images, trimaps, places) for split, name in _LISTS.items()
    }


def _breed(ident: str) -> str:
    """Return the breed of an image.

    >>> _breed("american_pit_bull_terrier_12")
    'american pit bull terrier'
    """
    return ident.rpartition("_")[0].replace("_", " ")


def _read_mask(pair: Pair, size: tuple[int, int]) -> NDArray[np.uint8]:
    return masks.to_ids(pair.annotation, masks.read_values(pair.annotation, size), _TRIMAP)


DATASET = Dataset(
    name="oxford_iiit_pet",
    title="Oxford-IIIT Pet",
    folder="oxford_iiit_pet",
    label_space=LABEL_SPACE,
    licence="CC BY-SA 4.0",
    homepage="https://www.robots.ox.ac.uk/~vgg/data/pets/",
    kind="pet",
    pairs=_pairs,
    read_mask=_read_mask,
    archives=(
        Archive(
            url="https://thor.robots.ox.ac.uk/~vgg/data/pets/images.tar.gz",
            folder="images",
            target="oxford_iiit_pet/images",
            bytes=791_918_971,
            sha256="67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
        ),
        Archive(
            url="https://thor.robots.ox.ac.uk/~vgg/data/pets/annotations.tar.gz",
            folder="annotations",
            target="oxford_iiit_pet/annotations",
            bytes=19_173_078,
            sha256="52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
        ),
    ),
    concepts={"border": ()},  # partly pet, partly background: neither confirms nor contradicts another dataset's class
    values=_TRIMAP,
    groups={"Breed": _breed},
)
