"""ADE20K's scene parsing: ``images/training`` and ``annotations/training``, likewise ``validation``.

In a mask 0 is not labelled, and 1 to 150 are the classes; so id k of this dataset is the value k + 1. Some programs
write masks from 0 to 149 instead, with 255 for what is not labelled.

Source: Zhou et al., "Scene Parsing through ADE20K Dataset", CVPR 2017.
"""

from configs.errors import UserError
from data.dataset import Pair
from data.formats.shared import mask_pictures, pairing
from data.formats.shared.contract import VOID, ClassTable, Labels, Listing, SourceClass
from data.formats.shared.tree import Tree

TITLE = "ADE20K scene parsing"
UNCOVERED = None
NAMED = False
OBJECTS = False

_SPLITS = {"training": "train", "validation": "val"}
_NAMES = (
    "wall, building, sky, floor, tree, ceiling, road, bed, windowpane, grass, cabinet, sidewalk, person, earth, door, "
    "table, mountain, plant, curtain, chair, car, water, painting, sofa, shelf, house, sea, mirror, rug, field, "
    "armchair, seat, fence, desk, rock, wardrobe, lamp, bathtub, railing, cushion, base, box, column, signboard, "
    "chest of drawers, counter, sand, sink, skyscraper, fireplace, refrigerator, grandstand, path, stairs, runway, "
    "case, pool table, pillow, screen door, stairway, river, bridge, bookcase, blind, coffee table, toilet, flower, "
    "book, hill, bench, countertop, stove, palm, kitchen island, computer, swivel chair, boat, bar, arcade machine, "
    "hovel, bus, towel, light, truck, tower, chandelier, awning, streetlight, booth, television receiver, airplane, "
    "dirt track, apparel, pole, land, bannister, escalator, ottoman, bottle, buffet, poster, stage, van, ship, "
    "fountain, conveyer belt, canopy, washer, "  # codespell:ignore conveyer
    "plaything, swimming pool, stool, barrel, basket, waterfall, tent, bag, "
    "minibike, cradle, oven, ball, food, step, tank, trade name, microwave, pot, animal, bicycle, lake, dishwasher, "
    "screen, blanket, sculpture, hood, sconce, vase, traffic light, tray, ashcan, fan, pier, crt screen, plate, "
    "monitor, bulletin board, shower, radiator, glass, clock, flag"
)
"""The short names of the 150 classes, in their order."""


def detect(tree: Tree) -> bool:
    """Return whether there are masks in ``annotations/training`` or ``annotations/validation`` with ADE20K's names."""
    return any(name.startswith("ADE_") for split in _SPLITS for name in tree.below(f"annotations/{split}", (".png",)))


def listing(tree: Tree) -> Listing:
    """Pair the pictures and masks of both splits."""
    splits: dict[str, list[Pair]] = {}
    bare: list[str] = []
    alone: list[str] = []
    for folder, split in _SPLITS.items():
        images, masks = f"images/{folder}", f"annotations/{folder}"
        found = pairing.pair(tree.below(images), tree.below(masks, (".png",)))
        pairing.add(splits, split, found.pairs)
        bare += [f"{images}/{key}" for key in found.without_mask]
        alone += [f"{masks}/{key}" for key in found.without_picture]
    if not splits:
        raise UserError(f"{tree.root}: holds no picture in images/training with a mask in annotations/training")
    return Listing(splits, bare, alone)


def class_table(tree: Tree, listing: Listing) -> ClassTable | None:
    """Return ADE20K's 150 classes, and void for 0."""
    classes = (SourceClass(name, (value,)) for value, name in enumerate(_NAMES.split(", "), start=1))
    return ClassTable((*classes, SourceClass(VOID, (0,))), "ADE20K's own list", void=VOID, first_id=1)


def read(pair: Pair, size: tuple[int, int], table: ClassTable | None) -> Labels:
    """Read the mask of a picture."""
    return mask_pictures.read(pair.annotation, size, table)
