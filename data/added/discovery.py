"""Find the datasets that were added: every folder below the data folder that holds a ``dataset.yaml``."""

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from configs import paths
from configs.errors import UserError
from data.added import description
from data.dataset import Dataset


def found(reserved: Collection[str]) -> dict[Path, Dataset | str]:
    """Return the added datasets by the path of their description; for an invalid one the reason.

    ``reserved`` are the names that they may not have. Files are read again only when they have changed.
    """
    try:
        folders = sorted(folder for folder in paths.data_dir().iterdir() if not folder.name.startswith("."))
    except OSError:
        return {}
    result: dict[Path, Dataset | str] = {}
    for folder in folders:
        path = folder / description.FILE
        try:
            status = path.stat()
        except OSError:
            continue
        if not paths.usable(folder.name):
            result[path] = f"{paths.shown(path)}: the folder of a dataset must have a name like street_2"
        elif folder.name in reserved:
            result[path] = f"{path}: {folder.name} is the name of a dataset that comes with SegDeck; rename the folder"
        else:
            result[path] = _load(path, status.st_mtime_ns, status.st_size, status.st_ino)
    return result


@lru_cache(maxsize=256)
def _load(path: Path, changed: int, size: int, inode: int) -> Dataset | str:
    name = path.parent.name
    if not description.NAME.fullmatch(name):
        return f"{path}: the folder of a dataset must have a name like street_2, not {name!r}"
    try:
        return description.dataset(name, description.load(path))
    except UserError as error:
        return str(error)
