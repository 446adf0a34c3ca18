"""The ways in which an exported network may be damaged in the cache."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

FILES = ("float32.xml", "float32.bin", "bfloat16.xml", "bfloat16.bin")
WAYS: dict[str, Callable[[Path], object]] = {
    "cut off": lambda file: os.truncate(file, file.stat().st_size // 2),
    "emptied": lambda file: os.truncate(file, 0),
    "garbage": lambda file: file.write_bytes(bytes(range(256)) * (file.stat().st_size // 256)),
    "deleted": lambda file: file.unlink(),
}
DAMAGES = [*(f"{file}, {way}" for file in FILES for way in WAYS), "folder deleted", "folder emptied", "no checksums"]


def own_cache(good: Path, cache: Path) -> Path:
    """Fill a new cache with an exported network, and with the notes of what has run on this CPU; return the network."""
    folder = cache / "compiled" / good.name
    shutil.copytree(good, folder)
    ran = good.parents[1] / "ran"
    ran.mkdir(exist_ok=True)
    (cache / "ran").symlink_to(ran)
    return folder


def damaged(folder: Path, damage: str) -> None:
    """Damage an exported network in one of the ``DAMAGES``."""
    if damage == "folder deleted":
        shutil.rmtree(folder)
    elif damage == "folder emptied":
        for file in folder.iterdir():
            file.unlink()
    elif damage == "no checksums":
        (folder / "SHA256SUMS").unlink()
    else:
        name, way = damage.split(", ")
        WAYS[way](folder / name)
