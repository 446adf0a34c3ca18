"""What stands for classes in masks: ids, the classes' own colours, and the colours of datasets with such classes."""

import re
from collections.abc import Mapping

from data.label_space import IGNORE, LabelSpace

Codes = Mapping[int, int]
"""Label or 24-bit colour: class id, or ``IGNORE``."""

_VOID = "void"
"""Stands for ``IGNORE`` at the end of a colour's names: the dataset does not score these pixels."""


def packed(colour: str) -> int:
    """Return ``#rrggbb`` as a 24-bit number."""
    return int(colour[1:], 16)


def voc_colour(index: int) -> int:
    """Return the colour of an index in PASCAL VOC's colour map, which many programs use for their own classes.

    Source: the function ``VOClabelcolormap`` of the VOC development kit: three bits of the index at a time give the
    highest bits of red, green and blue.

    >>> [f"{voc_colour(index):06x}" for index in (0, 8, 255)]
    ['000000', '400000', 'e0e0c0']
    """
    channels = [0, 0, 0]
    for place in range(8):
        for channel in range(3):
            channels[channel] |= (index >> (3 * place + channel) & 1) << (7 - place)
    return channels[0] << 16 | channels[1] << 8 | channels[2]


_VOC_NAMES = [
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
]
_VOC = {voc_colour(index): (name,) for index, name in enumerate(_VOC_NAMES)} | {voc_colour(255): (_VOID,)}

# Source: CamVid's label_colors.txt. The second name is the class into which SegNet's CamVid merges it. The last two
# colours are those in which SegNet's own programs draw the pavement and road markings.
_CAMVID_COLOURS = {
    "#808080": "sky",
    "#800000": "building",
    "#c00080": "archway building",
    "#008040": "bridge building",
    "#400040": "tunnel building",
    "#40c000": "wall building",
    "#c0c080": "columnpole pole",
    "#000040": "trafficcone pole",
    "#804080": "road",
    "#8000c0": "lanemkgsdriv road",
    "#c00040": "lanemkgsnondriv road",
    "#0000c0": "sidewalk pavement",
    "#40c080": "parkingblock pavement sidewalk",
    "#8080c0": "roadshoulder pavement sidewalk",
    "#808000": "tree",
    "#c0c000": "vegetationmisc tree",
    "#c08080": "signsymbol sign",
    "#808040": "misctext signsymbol sign",
    "#004040": "trafficlight signsymbol sign",
    "#404080": "fence",
    "#400080": "car",
    "#4080c0": "suvpickuptruck car",
    "#c080c0": "truckbus car",
    "#c04080": "train car",
    "#804040": "othermoving car",
    "#404000": "pedestrian",
    "#c08040": "child pedestrian",
    "#4000c0": "cartluggagepram pedestrian",
    "#408040": "animal pedestrian",
    "#0080c0": "bicyclist",
    "#c000c0": "motorcyclescooter bicyclist",
    "#000000": _VOID,
    "#3c28de": "pavement sidewalk",
    "#ff4500": "roadmarking road",
}

# Source: labels.py of cityscapesscripts. What Cityscapes does not score is void unless the label space has it.
_CITYSCAPES_COLOURS = {
    "#000000": _VOID,
    "#6f4a00": f"dynamic {_VOID}",
    "#510051": f"ground {_VOID}",
    "#804080": "road",
    "#f423e8": "sidewalk pavement",
    "#faaaa0": f"parking {_VOID}",
    "#e6968c": f"railtrack {_VOID}",
    "#464646": "building",
    "#66669c": "wall",
    "#be9999": "fence",
    "#b4a5b4": f"guardrail {_VOID}",
    "#966464": f"bridge {_VOID}",
    "#96785a": f"tunnel {_VOID}",
    "#999999": "pole",
    "#faaa1e": "trafficlight",
    "#dcdc00": "trafficsign sign",
    "#6b8e23": "vegetation",
    "#98fb98": "terrain",
    "#4682b4": "sky",
    "#dc143c": "person pedestrian",
    "#ff0000": "rider",
    "#00008e": "car",
    "#000046": "truck",
    "#003c64": "bus",
    "#00005a": f"caravan {_VOID}",
    "#00006e": f"trailer {_VOID}",
    "#005064": "train",
    "#0000e6": "motorcycle motorbike",
    "#770b20": "bicycle",
}

_PALETTES: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "PASCAL VOC": _VOC,
    "CamVid": {packed(colour): tuple(names.split()) for colour, names in _CAMVID_COLOURS.items()},
    "Cityscapes": {packed(colour): tuple(names.split()) for colour, names in _CITYSCAPES_COLOURS.items()},
}
"""Dataset: colour: the names to look for in a label space, the first one that it has being taken."""


def class_ids(label_space: LabelSpace) -> Codes:
    """Return the documented labels: class ids, of which that of void stands for ``IGNORE``, as 255 does."""
    void = {} if label_space.void is None else {label_space.void: IGNORE}
    return {index: index for index in range(len(label_space))} | void | {IGNORE: IGNORE}


def own_colours(label_space: LabelSpace) -> Codes:
    """Return the colours of a label space; that of void stands for ``IGNORE``."""
    ids = class_ids(label_space)
    return {packed(colour): ids[index] for index, colour in enumerate(label_space.colours)}


def official_colours(label_space: LabelSpace) -> dict[str, Codes]:
    """Return, by the title of the dataset, the official colours whose classes a label space has.

    Names are compared without spaces, punctuation and case. A palette of which only the background and void are known
    is left out.
    """
    ids = {_plain(name): class_ids(label_space)[index] for index, name in enumerate(label_space.names)}
    found: dict[str, Codes] = {}
    for title, palette in _PALETTES.items():
        known = {}
        for colour, names in palette.items():
            name = next((name for name in names if name in ids or name == _VOID), None)
            if name is not None:
                known[colour] = IGNORE if name == _VOID else ids[name]
        if set(known.values()) - {IGNORE, label_space.background}:
            found[title] = known
    return found


def known_colours(label_space: LabelSpace) -> set[int]:
    """Return every colour that may stand for a class: the label space's own, and the official ones."""
    return set(own_colours(label_space)).union(*official_colours(label_space).values())


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())
