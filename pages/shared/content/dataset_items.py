"""The items of prepared datasets, each a picture with its mask."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from configs import paths
from configs.errors import UserError
from data import datasets, decode, store
from data.store import Sample, Samples


@dataclass(frozen=True)
class DatasetItem:
    """One item of a dataset's split; its ``id`` is the stem of the image file."""

    dataset: str
    split: str
    id: str

    def sample(self) -> Sample:
        """Return the picture with its mask. Raises ``UserError`` if it is missing or its dataset is not prepared."""
        samples, index = find(self)
        return samples[index]

    def file(self) -> bytes:
        """Return the file of the picture. Raises as ``sample`` does."""
        samples, index = find(self)
        return samples.encoded(index)

    def cost(self) -> int:
        """Return how many bytes ``sample`` takes at most. Raises as ``sample`` does."""
        return decode.cost(self.file())


def prepared_datasets() -> tuple[dict[str, dict[str, Samples]], dict[str, str]]:
    """Open the prepared datasets, building none; return their splits by name, and by name why others cannot open."""
    prepared, missing = {}, {}
    for name in datasets.names():
        try:
            prepared[name] = splits(name)
        except UserError as error:
            missing[name] = str(error)
    return prepared, missing


def splits(dataset: str) -> dict[str, Samples]:
    """Return the splits of a dataset. Raises ``UserError``, which names the command, if it is not prepared."""
    return _splits(dataset, str(paths.data_dir()), str(paths.cache_dir()))


def split(dataset: str, name: str) -> Samples:
    """Return one split of a dataset. Raises ``UserError`` as ``splits`` does, or if there is no such split."""
    known = splits(dataset)
    if name not in known:
        raise UserError(f"{dataset} has no split {name}; it has {', '.join(known)}")
    return known[name]


def find(item: DatasetItem) -> tuple[Samples, int]:
    """Return the split of an item and its index there. Raises as ``DatasetItem.sample`` does."""
    samples = split(item.dataset, item.split)
    if not item.id:
        raise UserError(f"the link names no picture of {item.dataset}; it should have an id")
    if item.id not in samples.ids:
        raise UserError(f"there is no picture {item.id} in the split {item.split} of {item.dataset}")
    return samples, samples.ids.index(item.id)


# Looking through thousands of files takes a fraction of a second, too long for every click.
@st.cache_resource(max_entries=16, ttl=600, show_spinner=False)
def _splits(dataset: str, data_dir: str, cache_dir: str) -> dict[str, Samples]:
    return store.open_all(dataset, Path(data_dir), build=False)
