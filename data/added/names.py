"""The names of added datasets, and the folder of each."""

from pathlib import Path

from configs import paths
from configs.errors import UserError
from data import datasets
from data.added import description


def home(name: str) -> Path:
    """Return the folder of the description of a dataset."""
    return paths.data_dir() / name


def check(name: str) -> None:
    """Raise ``UserError`` unless a dataset can be added under this name."""
    if not description.NAME.fullmatch(name):
        raise UserError(f"--name {name}: must hold only small letters, digits and _, like street_2")
    if name in datasets.built_in():
        raise UserError(f"--name {name}: is the name of a dataset that comes with SegDeck; choose another")
    if (path := home(name) / description.FILE).exists():
        raise UserError(f"--name {name}: {path} exists already; choose another name, or remove it first")


def added() -> list[str]:
    """Return the names of the added datasets, the invalid ones included, sorted."""
    valid = set(datasets.names()) - set(datasets.built_in())
    return sorted(valid | {path.parent.name for path, _ in datasets.invalid()})
