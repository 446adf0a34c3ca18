"""Match the classes of different datasets, so that models of both can be compared on one picture.

Every class covers some concepts of a small tree: the *pet* of one dataset is the *cat* and the *dog* of another, and a
*background* covers everything its dataset has no class for. Two classes that cover a common concept may both be right
about a pixel, so they are joined into one shared class, and so are classes connected through others. The result is the
finest set of classes that both datasets distinguish.

- Oxford-IIIT Pet and VOC share *pet* (pet; cat, dog) and *anything else* (background; background, bird, sofa ...).
- CamVid and VOC share *bus or car*, *bicycle, motorbike or person* and *anything else*. CamVid has no class for a cat
  and no background to put it in, so where VOC says cat the two cannot be compared.
- Oxford-IIIT Pet and CamVid share nothing: no street scene class is a pet, so there is nothing they could disagree on.

A class named like a concept covers it, and ``background`` covers anything else. If a class means something different,
its dataset declares it in ``Dataset.concepts``, or a user in a file (``data.class_map``). A class with any other name
only matches a class of the same name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from data.dataset import Dataset

Meanings = Mapping[str, frozenset[str]]
"""What classes cover, by name, where neither their name nor their dataset tells it: concepts, or leaves of the tree."""
_NOTHING_ELSE: Meanings = MappingProxyType({})

ANYTHING_ELSE = "anything else"
"""The concept of everything that a dataset has no class for."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "animal": ("bird", "cow", "horse", "pet", "sheep"),
    "pet": ("cat", "dog"),
    "person": ("pedestrian", "rider"),
    "vehicle": ("aeroplane", "bicycle", "boat", "bus", "car", "motorbike", "train"),
    "furniture": ("chair", "dining table", "sofa"),
    "household item": ("potted plant", "tv monitor"),
    "street scene": ("building", "fence", "pavement", "pole", "road", "sign", "sky", "tree"),
    "bottle": ("alcohol", "bottled soda", "cooking oil", "ketchup", "pink shampoo", "soy sauce"),
    "grocery": (
        *("all-purpose cream", "bottle", "canned tuna", "cheese", "chocolate", "coffee", "condensed milk"),
        *("corned beef", "crackers", "garlic", "instant noodles", "lemon", "mayonnaise", "pasta", "peanut butter"),
        *("pineapple juice", "sardines (canned)", "soap", "toothpaste"),
    ),
}
"""The tree: each concept with its parts, which are assumed to be complete; concepts without parts are the leaves.

Only groceries sold in bottles count as *bottle*: VOC does not label jars, tins and cartons as bottles either.
"""


@dataclass(frozen=True)
class SharedClass:
    """A class that two datasets can both distinguish, with the ids of each dataset's classes in it, ascending."""

    name: str
    first: tuple[int, ...]
    second: tuple[int, ...]


def shared_classes(first: Dataset, second: Dataset, *, meanings: Meanings = _NOTHING_ELSE) -> tuple[SharedClass, ...]:
    """Return the finest classes that both datasets distinguish, by the first one's ids, *anything else* last.

    A class in none of them has no counterpart in the other dataset. A dataset shares each scored class with itself.
    If two datasets have only one class in common, they cannot disagree, so the result is empty. ``meanings`` are those
    of classes of the first dataset. Raises as ``covered``.
    """
    if first.name == second.name:
        space = first.label_space
        return tuple(SharedClass(space.names[class_id], (class_id,), (class_id,)) for class_id in space.scored)
    shared = []
    for members, leaves in _connected(covered(first, meanings), covered(second)):
        mine, theirs = (tuple(sorted(class_id for side, class_id in members if side == which)) for which in (0, 1))
        if mine and theirs:
            shared.append(SharedClass(_name(leaves), mine, theirs))
    shared.sort(key=lambda one: (one.name == ANYTHING_ELSE, one.first))
    return tuple(shared) if len(shared) > 1 else ()


def translation(groups: Sequence[Iterable[int]], rest: int) -> NDArray[np.uint8]:
    """Return a table ``(256,)`` that gives the ids of each group the group's position, and all others ``rest``.

    >>> translation([[1, 2], [0]], 9)[:4].tolist()
    [1, 0, 0, 9]
    """
    table = np.full(256, rest, np.uint8)
    for position, ids in enumerate(groups):
        table[list(ids)] = position
    return table


def covered(dataset: Dataset, meanings: Meanings = _NOTHING_ELSE) -> dict[int, frozenset[str]]:
    """Return the leaves of the tree that each scored class of a dataset covers, by its id.

    A name that is not a concept is a leaf of its own. The meaning of such a class is unknown, so the extent of its
    dataset's background is unknown too: that background is then compared with other backgrounds only.

    Raises ``ValueError`` if ``Dataset.concepts`` names a class or a concept that does not exist.
    """
    space = dataset.label_space
    for unknown in set(dataset.concepts) - set(space.names):
        raise ValueError(f"{dataset.name}: concepts names the class {unknown!r}, which the label space does not have")
    concepts = {class_id: _concepts(dataset, class_id, meanings) for class_id in space.scored}
    leaves = {class_id: _leaves(names - {ANYTHING_ELSE}) for class_id, names in concepts.items()}
    known = _leaves(PARTS)
    named = frozenset[str]().union(*leaves.values())
    rest = frozenset({ANYTHING_ELSE}) | (known - named if named <= known else frozenset())
    return {
        class_id: leaves[class_id] | (rest if ANYTHING_ELSE in concepts[class_id] else frozenset())
        for class_id in concepts
    }


def known_concepts() -> tuple[str, ...]:
    """Return the concepts that classes can be said to cover, sorted."""
    return tuple(sorted(_known().values()))


def _concepts(dataset: Dataset, class_id: int, meanings: Meanings) -> frozenset[str]:
    """Return the concepts that a class covers: those of ``meanings``, of its dataset, or else the one of its name."""
    name = dataset.label_space.names[class_id]
    if name in meanings:
        return meanings[name]
    known = _known()
    if name not in dataset.concepts:
        by_name = ANYTHING_ELSE if class_id == dataset.label_space.background else known.get(_key(name), _key(name))
        return frozenset({by_name})
    for concept in dataset.concepts[name]:
        if concept not in known.values():
            raise ValueError(
                f"{dataset.name}: concepts gives {name!r} the unknown concept {concept!r}; known are "
                + ", ".join(known_concepts())
            )
    return frozenset(dataset.concepts[name])


@cache
def _known() -> dict[str, str]:
    return {_key(concept): concept for concept in (*PARTS, *_leaves(PARTS), ANYTHING_ELSE)}


def _key(name: str) -> str:
    """Return a name without differences in spelling, such as ``tv/monitor`` and ``TV monitor``."""
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name


def _leaves(concepts: Iterable[str]) -> frozenset[str]:
    """Return the leaves below the concepts; a concept without parts is a leaf itself."""
    return frozenset(leaf for one in concepts for leaf in (_leaves(PARTS[one]) if one in PARTS else (one,)))


def _connected(*sides: Mapping[int, frozenset[str]]) -> list[tuple[set[tuple[int, int]], frozenset[str]]]:
    """Join classes with common leaves; return each group's classes, as side and id, and the leaves it covers."""
    groups: list[tuple[set[tuple[int, int]], frozenset[str]]] = []
    for side, classes in enumerate(sides):
        for class_id, leaves in classes.items():
            joined = {(side, class_id)}, leaves
            apart = []
            for members, others in groups:
                if others & leaves:
                    joined = joined[0] | members, joined[1] | others
                else:
                    apart.append((members, others))
            groups = [*apart, joined]
    return groups


def _name(leaves: frozenset[str]) -> str:
    """Name a set of leaves by the largest concepts inside it.

    >>> _name(frozenset({"cat", "dog"})), _name(frozenset({"cat", "pedestrian", "rider", "car"}))
    ('pet', 'car, cat or person')
    """
    if ANYTHING_ELSE in leaves:
        return ANYTHING_ELSE
    within = {concept for concept in (*PARTS, *leaves) if _leaves([concept]) <= leaves}
    parts = {part for concept in within for part in PARTS.get(concept, ())}
    *others, last = sorted(within - parts)
    return f"{', '.join(others)} or {last}" if others else last
