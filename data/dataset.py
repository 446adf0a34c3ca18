"""The description of a dataset: where its files are, what its labels mean, how masks are read, where it comes from."""

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
    """An image file and its mask or label file; ``id`` is the stem both share, unique within a split.

    An annotation file may hold the labels of many images: then ``key`` says under which name it knows this one.
    ``support`` are further files that the mask depends on.
    """

    id: str
    image: Path
    annotation: Path
    key: str = ""
    support: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Archive:
    """A tar archive of the official source, and the checksums that identify its content.

    Attributes:
        folder: The folder inside it to unpack.
        target: Where that folder goes below the data folder; an existing one is used as it is.
        parts: The folders inside ``folder`` to unpack; empty for all of it.
        bytes, sha256: Size and SHA-256 of the archive, if it never changes.
        tree_sha256: The ``data.content.tree_digest`` of the unpacked folder, for archives that are generated on every
            download, as on GitHub.
    """

    url: str
    folder: str
    target: str
    parts: tuple[str, ...] = ()
    bytes: int | None = None
    sha256: str | None = None
    tree_sha256: str | None = None

    def __post_init__(self) -> None:
        """Raise ``ValueError`` if there is no checksum."""
        if self.sha256 is None and self.tree_sha256 is None:
            raise ValueError(f"{self.url}: needs sha256 or tree_sha256, so that a wrong download is noticed")


@dataclass(frozen=True)
class Dataset:
    """A dataset: defined as ``DATASET`` in a file in ``data/datasets/``, or made of a ``dataset.yaml`` that was added.

    Attributes:
        name: The name in configs and on command lines; equals the name of the file.
        folder: Its folder below the data folder, or an absolute path.
        label_space: What the ids of its masks mean.
        licence: The terms under which the pictures may be used, in a few words.
        kind: Which sample pictures suit it, or None if that is unknown.
        pairs: Finds the pairs of every split below ``folder``; raises ``UserError`` naming a file without a partner.
        read_mask: Reads a pair's mask, given the size (height, width) of its upright image; returns class ids,
            ``(H, W)`` uint8. Raises ``UserError`` naming the file if the size differs or an id is unknown.
        read_boxes: Reads the boxes of a pair's objects, given the same size; returns ``(N, 5)`` int32: class id, left,
            top, width and height in pixels of the mask. None if objects are not distinguished.
        archives: The official sources; ``data.prepare`` downloads those that are not in place.
        concepts: Meaning of the classes whose name does not express it, for comparing models across datasets: class
            name to concepts of ``data.shared_classes``; an empty tuple if no other dataset has an equivalent.
        values: The ids of the values in the official masks, where these are not the ids themselves: an uploaded mask
            may have been made like them.
        groups: What the dataset knows of its images, such as the breed or the video: by its title, a function that
            returns the group of an image by its id, empty if it is unknown. Groups are scored apart.
        revision: What the masks depend on besides the files of ``pairs``: a digest of the description that a user gave.
    """

    name: str
    title: str
    folder: str
    label_space: LabelSpace
    licence: str
    homepage: str
    kind: Kind | None
    pairs: Callable[[Path], dict[str, list[Pair]]]
    read_mask: Callable[[Pair, tuple[int, int]], NDArray[np.uint8]]
    read_boxes: Callable[[Pair, tuple[int, int]], NDArray[np.int32]] | None = None
    archives: tuple[Archive, ...] = ()
    concepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    values: Mapping[int, int] = field(default_factory=dict, hash=False)
    groups: Mapping[str, Callable[[str], str]] = field(default_factory=dict, hash=False)
    revision: str = ""
