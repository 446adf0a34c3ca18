"""Write the description of an added dataset, and remove it again. Nothing is ever copied."""

import shutil
from pathlib import Path

from configs import files, paths
from configs.errors import UserError
from configs.yaml_loader import load_yaml
from data import datasets
from data.added import description, names, training_config
from data.added.looking import Findings
from data.formats.shared.text_files import read_text
from data.locks import claimed


def save(findings: Findings) -> tuple[Path, Path]:
    """Write the description, and a config to train on it; return their paths. Raises ``UserError`` if that fails."""
    if findings.problems:
        raise UserError(findings.problems[0])
    names.check(findings.name)
    path, config = names.home(findings.name) / description.FILE, names.home(findings.name) / training_config.FILE
    assert findings.table is not None  # otherwise there are problems
    described = description.of(findings.name, findings.folder, findings.format, findings.table)
    text = _comment(findings) + description.dump(described)
    made = not names.home(findings.name).exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with claimed(path.parent) as alone:
            if alone:
                _sweep(path.parent)
            if not config.exists():
                files.write_text(config, training_config.text(findings.name))
            files.write_text(path, text)  # last: it makes the dataset known
    except OSError as error:
        if made:
            shutil.rmtree(names.home(findings.name), ignore_errors=True)
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error
    return path, config


def remove(name: str) -> list[Path]:
    """Remove an added dataset and what was built from it; return what was removed. Its pictures stay where they are.

    A training config that was edited stays. Raises ``UserError`` if it was not added.
    """
    if name in datasets.built_in():
        raise UserError(f"{name} comes with SegDeck and cannot be removed; only datasets that were added can")
    path = names.home(name) / description.FILE
    if name not in (known := names.added()):
        listed = f"; added are {', '.join(known)}" if known else "; none was added"
        raise UserError(f"there is no added dataset {name!r}{listed}")
    if _foreign(path):
        raise UserError(f"{path}: is not a description that SegDeck wrote, so it stays")
    config, built = names.home(name) / training_config.FILE, paths.cache_dir() / "datasets" / name
    gone = [path]
    try:
        if config.is_file() and config.read_text(encoding="utf-8") == training_config.text(name):
            gone.append(config)
        for file in gone:
            file.unlink()
        with claimed(path.parent) as alone:
            if alone:
                _sweep(path.parent)
        if built.is_dir():
            shutil.rmtree(built)
            gone.append(built)
        if not any(names.home(name).iterdir()):
            names.home(name).rmdir()
    except OSError as error:
        raise UserError(f"{names.home(name)}: cannot be removed ({error.strerror})") from error
    return gone


def _foreign(path: Path) -> bool:
    """Return whether a file belongs to another program, as YOLO's ``dataset.yaml``: it has keys, but none of ours."""
    try:
        content = load_yaml(read_text(path), str(path))
    except UserError:
        return False
    return isinstance(content, dict) and not set(content) & set(description.Description.model_fields)


def _sweep(home: Path) -> None:
    """Delete the unfinished files that killed processes have left in the folder of a description."""
    for name in (description.FILE, training_config.FILE):
        for leftover in files.leftovers(home / name):
            leftover.unlink(missing_ok=True)


def _comment(findings: Findings) -> str:
    """Return what a reader of the description should know, as comments."""
    return (
        f"# Added by: python -m data.add. The pictures and labels are read from the folder; nothing was copied.\n"
        f"# {findings.splits_from} Title, licence and homepage are for people: complete them.\n"
    )
