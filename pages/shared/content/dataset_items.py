"""The pictures of prepared datasets: which datasets are at hand, and how one of their pictures is found again."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from configs import paths
from configs.errors import UserError
from data import datasets, store
from data.store import Sample, Samples


@dataclass(frozen=True)
class Place:
    """Where a picture of a dataset is found.

    Attributes:
        dataset: Name of the dataset.
        split: Name of the split.
        id: The stem of the image file.
    """

    dataset: str
    split: str
    id: str

    def sample(self) -> Sample:
        """Return the picture with its mask.

        Raises:
            UserError: If it is not there; the message says why, or has the command that gets it.
        """
        samples, index = find(self)
        return samples[index]


def at_hand() -> tuple[dict[str, dict[str, Samples]], dict[str, str]]:
    """Return the datasets that can be opened at once, with their splits; and of the others, why they cannot.

    Nothing is built. The reasons of those others are sentences that name the command which prepares them.
    """
    found, missing = {}, {}
    for name in datasets.names():
        try:
            found[name] = splits(name)
        except UserError as error:
            missing[name] = str(error)
    return found, missing


def splits(dataset: str) -> dict[str, Samples]:
    """Return the splits of a dataset. Raises ``UserError`` if it is not prepared; the message has the command."""
    return _splits(dataset, str(paths.data_dir()), str(paths.cache_dir()))


def split(dataset: str, name: str) -> Samples:
    """Return one split of a dataset. Raises ``UserError`` as ``splits`` does, and if there is no such split."""
    known = splits(dataset)
    if name not in known:
        raise UserError(f"{dataset} has no split {name}; it has {', '.join(known)}")
    return known[name]


def find(place: Place) -> tuple[Samples, int]:
    """Return the split that a picture is in, and its index there. Raises as ``Place.sample`` does."""
    samples = split(place.dataset, place.split)
    if not place.id:
        raise UserError(f"the link names no picture of {place.dataset}; it should have an id")
    if place.id not in samples.ids:
        raise UserError(f"there is no picture {place.id} in the split {place.split} of {place.dataset}")
    return samples, samples.ids.index(place.id)


# Looking through thousands of files takes a fraction of a second, too long for every click.
@st.cache_resource(max_entries=16, ttl=600, show_spinner=False)
def _splits(dataset: str, data_dir: str, cache_dir: str) -> dict[str, Samples]:
    return store.open_all(dataset, Path(data_dir), build=False)
