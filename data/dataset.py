"""What a dataset is: where its files lie, what its labels mean, how a mask is read, where it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
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
    """An archive (tar) that the official source offers.

    Attributes:
        url: Where it is.
        bytes: Its size.
        sha256: Its SHA-256.
        unpack_to: The folder below the data folder that it is unpacked into; "" is the data folder itself.
        provides: The folders below the data folder that it fills; with all of them in place it is not needed.
    """

    url: str
    bytes: int
    sha256: str
    unpack_to: str
    provides: tuple[str, ...]


@dataclass(frozen=True)
class GitHubFolder:
    """A folder of a GitHub repository at a fixed commit.

    Attributes:
        url: Archive (tar) of the repository at that commit.
        folder: Path of the folder inside the repository.
        parts: The folders inside it that make the dataset.
        tree_sha256: SHA-256 of the lines "sha256(file), two spaces, path, newline" sorted by path, over the files in
            ``parts``. It identifies the files whatever archive they came in.
        unpack_to: The folder below the data folder that ``parts`` go into.
    """

    url: str
    folder: str
    parts: tuple[str, ...]
    tree_sha256: str
    unpack_to: str

    @property
    def provides(self) -> tuple[str, ...]:
        """The folders below the data folder that it fills; with all of them in place it is not needed."""
        return tuple(f"{self.unpack_to}/{part}" for part in self.parts)


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
        archives: The official sources; ``data.prepare`` downloads those that are not in place.
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
    archives: tuple[Archive | GitHubFolder, ...] = ()
