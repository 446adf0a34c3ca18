"""Facts about a dataset: a description, which of its files are on this computer, and its models."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from configs import paths
from configs.errors import UserError
from data import store
from data.dataset import Archive, Dataset, Kind
from data.store import Samples
from models.runs import registry
from models.runs.model import Model
from pages.shared.content import dataset_items
from pages.shared.content.run_names import runs_by_name
from pages.shared.ui.text import few

KINDS: dict[Kind, str] = {
    "pet": "Photographs of pets",
    "street": "Pictures of streets, seen from a car",
    "scene": "Photographs of everyday scenes",
    "grocery": "Photographs of groceries",
}
FEW = 6  # classes named in a description


@dataclass(frozen=True)
class DatasetFiles:
    """The files of a dataset on this computer.

    Attributes:
        folder: Their folder, which need not exist.
        counts: Number of pictures per split; empty if files are missing or invalid.
        samples: Samples per split; empty if the dataset is not prepared.
        problem: Why the files are invalid, in one sentence; empty if they are valid or the folder does not exist.
    """

    folder: Path
    counts: dict[str, int]
    samples: dict[str, Samples]
    problem: str = ""


def find_files(dataset: Dataset) -> DatasetFiles:
    """Look for the files of a dataset, without preparing them."""
    data_dir = paths.data_dir()
    folder = data_dir / dataset.folder
    if not folder.is_dir():
        return DatasetFiles(folder, {}, {})
    samples: dict[str, Samples] = {}
    with contextlib.suppress(UserError):  # not prepared
        samples = dataset_items.splits(dataset.name)
    try:
        found = samples or store.find_pairs(dataset, data_dir)
    except UserError as error:
        return DatasetFiles(folder, {}, {}, f"{error}.")
    return DatasetFiles(folder, {split: len(members) for split, members in found.items()}, samples)


def describe(dataset: Dataset) -> str:
    """Return one sentence on what a dataset shows and which classes it has."""
    space = dataset.label_space
    names = [space.names[index] for index in space.scored]
    void = f"; {space.names[space.void]} is not scored" if space.void is not None else ""
    what = KINDS[dataset.kind] if dataset.kind else "Pictures that were added here"
    return f"{what}, every pixel labelled with one of {len(names)} classes: {few(names, FEW)}{void}."


def download_size(archives: Iterable[Archive]) -> str:
    """Return the size of a download as text; archives that the host packs on request have no known size."""
    sizes = [archive.bytes for archive in archives]
    known = sum(filter(None, sizes))
    text = f"{known / 1e9:.1f} GB" if known >= 1e9 else f"{known / 1e6:.0f} MB"
    if None not in sizes:
        return text
    return f"more than {text}" if known else "size unknown"


def runs_of(dataset: Dataset) -> dict[str, Model]:
    """Return the runs trained on a dataset, by their name on the pages."""
    return {name: run for name, run in runs_by_name(registry.models()).items() if run.dataset.name == dataset.name}
