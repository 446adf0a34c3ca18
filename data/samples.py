"""Sample pictures to try a model on: photographs that installed packages ship, and two drawings."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs.errors import UserError
from data import decode
from data.drawings import shelf, street


@dataclass(frozen=True)
class SamplePicture:
    """A picture that comes with the installation and belongs to no dataset.

    ``kinds`` are the kinds of datasets whose models it suits, ``credit`` is author and licence, and ``load`` returns
    the picture, ``(H, W, 3)`` RGB.
    """

    name: str
    title: str
    kinds: tuple[str, ...]
    credit: str
    generated: bool
    load: Callable[[], NDArray[np.uint8]]


def pictures(kind: str | None = None) -> tuple[SamplePicture, ...]:
    """Return the sample pictures that suit a kind of dataset, the best first; without a kind, all of them."""
    return tuple(picture for picture in PICTURES if kind is None or kind in picture.kinds)


def get(name: str) -> SamplePicture:
    """Return the sample picture called ``name``. Raises ``UserError``, listing the names, if there is none."""
    for picture in PICTURES:
        if picture.name == name:
            return picture
    raise UserError(f"there is no sample picture {name!r}; there are {', '.join(picture.name for picture in PICTURES)}")


def _shipped(package: str, path: str) -> Callable[[], NDArray[np.uint8]]:
    """Return a function that loads a picture from an installed package's folder."""

    def load() -> NDArray[np.uint8]:
        # Not with the package's own loader, which imports the package; scikit-image's may also start a download.
        found = importlib.util.find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise UserError(f"the sample picture {path} comes with the package {package}, which is not installed")
        return decode.read(Path(found.submodule_search_locations[0]) / path)

    return load


def _photograph(name: str, title: str, kinds: tuple[str, ...], credit: str, package: str, path: str) -> SamplePicture:
    return SamplePicture(name, title, kinds, credit, generated=False, load=_shipped(package, path))


def _drawing(name: str, title: str, kind: str, load: Callable[[], NDArray[np.uint8]]) -> SamplePicture:
    return SamplePicture(name, f"{title} (generated)", (kind,), "Drawn by SegDeck, MIT", generated=True, load=load)


_VAN_DER_WALT = "Stefan van der Walt, CC0, from scikit-image"
_NASA = "NASA, public domain, from scikit-image"
_MIDDLEBURY = "Middlebury 2014 stereo benchmark (D. Scharstein et al.), from scikit-image"
_MICHETTI = "Rachel Michetti, CC0, from scikit-image"
_DANIELBUECHELE = "danielbuechele, CC BY 2.0, from scikit-learn"
_VULTILION = "vultilion, CC BY 2.0, from scikit-learn"

PICTURES = (
    _photograph("chelsea", "A cat", ("pet", "scene"), _VAN_DER_WALT, "skimage", "data/chelsea.png"),
    _drawing("street", "A street", "street", street.street),
    _drawing("shelf", "A grocery shelf", "grocery", shelf.shelf),
    _photograph("astronaut", "An astronaut", ("scene",), _NASA, "skimage", "data/astronaut.png"),
    _photograph(
        "motorcycle", "A motorcycle in a workshop", ("scene",), _MIDDLEBURY, "skimage", "data/motorcycle_left.png"
    ),
    _photograph("coffee", "A cup of coffee", ("scene",), _MICHETTI, "skimage", "data/coffee.png"),
    _photograph(
        "china", "A temple in China", ("scene", "street"), _DANIELBUECHELE, "sklearn", "datasets/images/china.jpg"
    ),
    _photograph("flower", "A flower", ("scene",), _VULTILION, "sklearn", "datasets/images/flower.jpg"),
)
