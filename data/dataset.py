"""What a dataset is: where its files lie, what its labels mean, how a mask is read, where it comes from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.label_space import LabelSpace

Kind = Literal["pet", "street", "scene", "grocery"]


@dataclass(frozen=True)
class Pair:
    """An image and the annotation that belongs to it.

    Attributes:
        id: The stem that both file names share; unique within a split.
        image: The image file.
        annotation: The mask or label file.
    """

    id: str
    image: Path
    annotation: Path


@dataclass(frozen=True)
class Archive:
    """A tar archive that the official source offers, and what identifies what it holds.

    Attributes:
        url: Where it is.
        folder: The folder inside it that is wanted.
        target: Where that folder goes below the data folder; one that is already there is taken as it is.
        parts: The folders inside ``folder`` to unpack; empty for all of it.
        bytes: Size of the archive, where it never changes.
        sha256: SHA-256 of the archive, where it never changes.
        tree_sha256: What ``data.content.tree_digest`` gives for the unpacked folder, for archives that are packed anew
            on every download, as GitHub's are.
    """

    url: str
    folder: str
    target: str
    parts: tuple[str, ...] = ()
    bytes: int | None = None
    sha256: str | None = None
    tree_sha256: str | None = None

    def __post_init__(self) -> None:
        """Refuse an archive that nothing identifies."""
        if self.sha256 is None and self.tree_sha256 is None:
            raise ValueError(f"{self.url}: needs sha256 or tree_sha256, so that a wrong download is noticed")


@dataclass(frozen=True)
class Dataset:
    """A dataset: one of these, called ``DATASET``, in a file of ``data/datasets/`` is all that a new one takes.

    Attributes:
        name: The name in configs and on command lines; equals the name of the file.
        title: The name for people.
        folder: Where its files lie below the data folder.
        label_space: What the ids of its masks mean.
        licence: The terms under which the pictures may be used, in a few words.
        homepage: Where it is described.
        kind: Which sample pictures suit it.
        pairs: Finds the pairs of every split below ``folder``; raises ``UserError`` naming a file without its partner.
        read_mask: Reads a pair's mask, given the size (height, width) of its upright image; returns ids of the label
            space, ``(H, W)`` uint8. Raises ``UserError`` naming the file if the size is another or an id is unknown.
        read_boxes: Reads the boxes of a pair's objects, given the same size; returns ``(N, 5)`` int32, the id of the
            label space, left, top, width and height in pixels of the mask. None if objects are not told apart.
        archives: The official sources; ``data.prepare`` downloads those that are not in place.
        concepts: What the classes mean whose name does not say it, for comparing models across datasets: class name to
            concepts of ``data.shared_classes``; none for a class that no other dataset has an equal of.
    """

    name: str
    title: str
    folder: str
    label_space: LabelSpace
    licence: str
    homepage: str
    kind: Kind
    pairs: Callable[[Path], dict[str, list[Pair]]]
    read_mask: Callable[[Pair, tuple[int, int]], NDArray[np.uint8]]
    read_boxes: Callable[[Pair, tuple[int, int]], NDArray[np.int32]] | None = None
    archives: tuple[Archive, ...] = ()
    concepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
