"""What the pages tell of a dataset: what it is, whether they are here, its models."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from configs import paths
from configs.errors import UserError
from data import store
from data.dataset import Archive, Dataset, Kind
from data.store import Samples
from models.runs import registry
from models.runs.run import Run
from pages.shared.content import dataset_items
from pages.shared.content.run_names import runs_by_name
from pages.shared.ui.text import few

KINDS: dict[Kind, str] = {
    "pet": "Photographs of pets",
    "street": "Pictures of streets, seen from a car",
    "scene": "Photographs of everyday scenes",
    "grocery": "Photographs of groceries",
}
FEW = 6
"""Classes that are named in a sentence; of more, the first ones."""


@dataclass(frozen=True)
class Files:
    """What of a dataset is on this computer.

    Attributes:
        folder: Where its files belong.
        counts: Split to number of pictures; empty if the files are not there or not as they should be.
        samples: Split to samples; empty if the dataset is not prepared.
        fault: Why the files cannot be used, in a sentence; empty if they are just not there.
    """

    folder: Path
    counts: dict[str, int]
    samples: dict[str, Samples]
    fault: str = ""


def files(dataset: Dataset) -> Files:
    """Look for the files of a dataset; nothing is built."""
    data_dir = paths.data_dir()
    folder = data_dir / dataset.folder
    if not folder.is_dir():
        return Files(folder, {}, {})
    try:
        samples = dataset_items.splits(dataset.name)
    except UserError:
        samples = {}
    if samples:
        return Files(folder, {split: len(members) for split, members in samples.items()}, samples)
    try:
        pairs = store.find_pairs(dataset, data_dir)
    except UserError as error:
        return Files(folder, {}, {}, f"{error}.")
    return Files(folder, {split: len(members) for split, members in pairs.items()}, {})


def about(dataset: Dataset) -> str:
    """Return in a sentence what a dataset shows and which classes it tells apart."""
    space = dataset.label_space
    names = [space.names[index] for index in space.scored]
    void = f"; {space.names[space.void]} is not scored" if space.void is not None else ""
    return f"{KINDS[dataset.kind]}, every pixel labelled with one of {len(names)} classes: {few(names, FEW)}{void}."


def size(archives: Iterable[Archive]) -> str:
    """Return how much there is to download, in words; it is not known of archives that are packed anew each time."""
    sizes = [archive.bytes for archive in archives]
    known = sum(one for one in sizes if one is not None)
    if None in sizes:
        return f"more than {_words(known)}" if known else "its host does not say how much"
    return _words(known)


def models(dataset: Dataset) -> dict[str, Run]:
    """Return the runs about a dataset, by the name under which the pages offer them."""
    return {name: run for name, run in runs_by_name(registry.runs()).items() if run.dataset.name == dataset.name}


def _words(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
