"""Two folders, pictures and masks, such as ``images/`` and ``masks/``.

Splits may be folders inside them (``images/train``) or around them (``train/images``). Also read: ``train/`` beside
``trainannot/``, as SegNet's CamVid has it, and masks beside the pictures, as ``X.jpg`` and ``X_mask.png``. A mask holds
numbers (grey or palette), colours, or 0 and 255. Its name is that of its picture, possibly with an ending such as
``_mask``. The classes may be named by a table in the folder, such as ``classes.txt``.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from configs.errors import UserError
from data.dataset import Pair
from data.decode import SUFFIXES
from data.formats.shared import class_tables, mask_pictures, pairing
from data.formats.shared.contract import ClassTable, Labels, Listing
from data.formats.shared.tree import Tree

TITLE = "pictures and masks in folders"
UNCOVERED = None
NAMED = False
OBJECTS = False

_IMAGES = (
    *("images", "image", "imgs", "img", "jpegimages", "pictures", "photos", "input", "inputs", "rgb", "image_2"),
    *("img_dir", "image_dir"),
)
_MASKS = (
    *("masks", "mask", "labels", "label", "annotations/trimaps", "annotations", "annotation", "segmentationclass"),
    *("segmentation", "segmentations", "gt", "ground_truth", "groundtruth", "targets", "target", "seg", "semantic"),
    *("ann_dir", "mask_dir", "label_dir"),
)
_BESIDE = ("annot", "_annot", "_labels", "_masks", "_mask", "labels", "masks")
"""Endings of the name of a folder of masks that lies beside its folder of pictures."""
_ENDINGS = ("", "_mask", "-mask", ".mask", "_masks", "_label", "_labels", "_seg", "_segmentation", "_gt", "_L")
"""Endings of the names of masks."""


def detect(tree: Tree) -> bool:
    """Return whether there are folders of pictures and of masks, or pictures with masks beside them."""
    return any(True for _ in _units(tree)) or bool(_flat(tree).pairs)


def listing(tree: Tree) -> Listing:
    """Pair the pictures and masks of every pair of folders."""
    splits: dict[str, list[Pair]] = {}
    without_mask: list[str] = []
    without_picture: list[str] = []
    notes: list[str] = []
    for images, masks in _units(tree):
        pictures, targets = tree.below(images), tree.below(masks, mask_pictures.SUFFIXES)
        if jpegs := tree.below(masks, (".jpg", ".jpeg")):
            notes.append(
                f"{masks} holds {len(jpegs)} JPEG files, such as {next(iter(jpegs))}, which are not read as masks: "
                "JPEG changes labels; export them as PNG."
            )
        found = pairing.pair(pictures, targets, _ENDINGS)
        for split, members in _by_split(tree, images, found.pairs).items():
            pairing.add(splits, split, members)
        without_mask += [f"{images}/{key}" for key in found.without_mask]
        without_picture += [f"{masks}/{key}" for key in found.without_picture]
    if not splits and (flat := _flat(tree)).pairs:
        splits, without_mask = _by_split(tree, "", flat.pairs), flat.without_mask
    if not splits:
        hint = f". {notes[0]}" if notes else _hint(tree)
        raise UserError(f"{tree.root}: holds no picture with a mask of the same name{hint}")
    return Listing(splits, without_mask, without_picture, notes)


def _hint(tree: Tree) -> str:
    """Return the rest of a sentence on a folder without pairs: what its masks should be instead."""
    for _, masks in _units(tree):
        suffixes = {PurePosixPath(name).suffix.lower() for name in tree.below(masks, ("",))}
        if ".txt" in suffixes:
            return "; if its labels are YOLO's outlines, a data.yaml with the key 'names' must be at its top"
        if suffixes and not suffixes & {*mask_pictures.SUFFIXES}:
            kinds, read = ", ".join(sorted(suffixes)), ", ".join(mask_pictures.SUFFIXES)
            return f"; {masks} holds files of the kind {kinds}, but masks are {read}"
    return "; images/a.jpg should have masks/a.png"


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return the classes of a table in the folder, if there is one."""
    return class_tables.of_folder(tree, listing)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read the mask of a picture."""
    return mask_pictures.read(pair.annotation, size, table)


def _units(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the folder of pictures and the folder of masks of every pair of folders."""
    folders = {name.lower(): name for name in tree.folders()}
    for lowered, name in folders.items():
        parent, _, last = lowered.rpartition("/")
        before, kind, after = _parts(last)
        if kind in _IMAGES:
            wanted = (_join(parent, f"{before}{one}{after}") for one in _MASKS)
        else:
            wanted = (lowered + end for end in _BESIDE)
        if masks := next((folders[path] for path in wanted if path in folders), None):
            yield name, masks


def _parts(last: str) -> tuple[str, str, str]:
    """Return the name of a folder without the split that stands before or after it, and both.

    >>> _parts("train_images"), _parts("images-val"), _parts("images")
    (('train_', 'images', ''), ('', 'images', '-val'), ('', 'images', ''))
    """
    for split in pairing.SPLITS:
        for mark in "_- ":
            if last.startswith(split + mark):
                return split + mark, last.removeprefix(split + mark), ""
            if last.endswith(mark + split):
                return "", last.removesuffix(mark + split), mark + split
    return "", last, ""


def _by_split(tree: Tree, images: str, pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    """Return pairs by the split that a folder of their pictures names, also together with ``images``."""
    before, _, after = _parts(images.rpartition("/")[2].lower())
    own = pairing.split_named((before or after).strip("_ -"))
    splits: dict[str, list[Pair]] = {}
    for pair in pairs:
        folder = tree.relative(pair.image).rpartition("/")[0]
        splits.setdefault(own or pairing.split_of(folder), []).append(pair)
    return splits


def _flat(tree: Tree) -> pairing.Pairing:
    """Pair pictures with the masks that lie beside them."""
    masks = {
        name: path
        for name, path in tree.below("", mask_pictures.SUFFIXES).items()
        if any(pairing.has_ending(pairing.key_of(name), ending) for ending in _ENDINGS[1:])
    }
    pictures = {name: path for name, path in tree.below("", SUFFIXES).items() if name not in masks}
    return pairing.pair(pictures, masks, _ENDINGS[1:]) if masks else pairing.Pairing([], [], [])


def _join(parent: str, name: str) -> str:
    return f"{parent}/{name}" if parent else name
