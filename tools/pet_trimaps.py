"""Make trimaps of PASCAL VOC's cats and dogs, as pictures for a network to begin with before those of Oxford-IIIT Pet.

python -m tools.pet_trimaps FOLDER [--with-pets] [--data-dir DIR]
python -m data.add FOLDER --name voc_pets --classes FOLDER/classes.txt --first-id 0

The new folder holds copies of the pictures in which cats and dogs are large enough, and their masks in the classes of
Oxford-IIIT Pet: the animal, the background, and a border between them that is as wide as in its trimaps. With
``--with-pets`` the pictures of Oxford-IIIT Pet are in it as well, and its ``val`` holds no others.
"""

import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from configs import paths
from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from data import datasets, decode, progress
from data.label_maps import palette_png

ANIMALS = ("cat", "dog")
LEAST = 0.02
"""Least share of a picture's pixels that show a cat or dog."""
INSIDE, OUTSIDE = 0.013, 0.023
"""How far the border reaches into the animal and out of it, as shares of the picture's longer side.

Together they are the median width in Oxford-IIIT Pet, 0.036. VOC calls a thin rim of each animal void, so more of the
border lies outside of what remains.
"""


def trimap(animal: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the trimap ``(H, W)`` of an animal ``(H, W)``: 0 where it is, 1 elsewhere, and 2 along its outline."""
    inside, outside = (round(share * max(animal.shape)) for share in (INSIDE, OUTSIDE))
    mask = animal.astype(np.uint8)
    # What lies beyond the picture's edge is no border: animals go on there.
    core = cv2.erode(mask, _disc(inside), borderType=cv2.BORDER_REPLICATE)
    around = cv2.dilate(mask, _disc(outside), borderType=cv2.BORDER_REPLICATE)
    return np.where(core > 0, 0, np.where(around > 0, 2, 1)).astype(np.uint8)


def write(data_dir: Path, folder: Path) -> dict[str, int]:
    """Write the new folder, and return the number of pictures by split.

    Raises ``UserError`` if VOC can't be read.
    """
    voc, pets = datasets.get("voc2012"), datasets.get("oxford_iiit_pet").label_space
    animals = [voc.label_space.names.index(name) for name in ANIMALS]
    counts = {}
    for split, pairs in voc.pairs(data_dir / voc.folder).items():
        images, masks = folder / split / "images", folder / split / "masks"
        images.mkdir(parents=True)
        masks.mkdir(parents=True)
        for pair in progress.counted(pairs, split, unit="pictures"):
            animal = np.isin(voc.read_mask(pair, decode.read(pair.image).shape[:2]), animals)
            if animal.mean() >= LEAST:
                shutil.copyfile(pair.image, images / pair.image.name)
                (masks / f"{pair.image.stem}.png").write_bytes(palette_png(trimap(animal), pets))
        counts[split] = len(list(masks.iterdir()))
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in pets.names), encoding="utf-8")
    return counts


def add_pets(data_dir: Path, folder: Path) -> dict[str, int]:
    """Add Oxford-IIIT Pet's pictures and trimaps to a written folder, as the whole of ``val``.

    Returns the number of pictures by split. Raises ``UserError`` if the dataset can't be read.
    """
    pets = datasets.get("oxford_iiit_pet")
    shutil.rmtree(folder / "val")
    counts = {}
    for split, pairs in pets.pairs(data_dir / pets.folder).items():
        images, masks = folder / split / "images", folder / split / "masks"
        images.mkdir(parents=True, exist_ok=True)
        masks.mkdir(parents=True, exist_ok=True)
        for pair in progress.counted(pairs, split, unit="pictures"):
            shutil.copyfile(pair.image, images / pair.image.name)
            labels = pets.read_mask(pair, decode.read(pair.image).shape[:2])
            (masks / f"{pair.image.stem}.png").write_bytes(palette_png(labels, pets.label_space))
        counts[split] = len(list(masks.iterdir()))
    return counts


def _disc(radius: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), np.uint8)


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m tools.pet_trimaps", description="Make trimaps of VOC's cats and dogs.")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the new folder")
    parser.add_argument("--data-dir", type=Path, help="folder of the datasets (default: SEGDECK_DATA, or datasets/)")
    parser.add_argument(
        "--with-pets", action="store_true", help="add the pictures of Oxford-IIIT Pet, the only ones of its val"
    )
    arguments = parser.parse_args()
    if arguments.folder.exists():
        raise UserError(f"{arguments.folder} exists already; give a folder that does not")
    arguments.folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder.parent, prefix=".pet_trimaps-") as temporary:
        data_dir = arguments.data_dir or paths.data_dir()
        counts = write(data_dir, Path(temporary) / "new")
        if arguments.with_pets:
            counts = add_pets(data_dir, Path(temporary) / "new")
        (Path(temporary) / "new").rename(arguments.folder)
    print("pictures:", ", ".join(f"{count:,} in {split}" for split, count in counts.items()))
    return 0


if __name__ == "__main__":
    run(main)
