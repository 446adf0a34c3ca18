"""Adds a model from a file: look at it, describe it, try it, and only then move it among the models."""

import contextlib
import os
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from configs import paths
from configs.errors import UserError
from configs.files import write_text
from data import samples
from data.locks import exclusive
from models.added import archives, description, first_load, stored
from models.added.describing import Answers, describe
from models.added.description import Description
from models.added.facts import ModelFacts
from models.added.inspection import inspect
from models.added.model import AddedModel
from models.added.predictor import FilePredictor
from models.added.temporary_folders import LOCK, temporary_folder
from models.runs import in_use

LONGEST_NAME = 80
NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{LONGEST_NAME - 1}}}")


@dataclass(frozen=True)
class Staged:
    """A model that has been looked at, in a temporary folder with all of its files.

    ``original`` is the name of the file that was given.
    """

    folder: Path
    original: str
    facts: ModelFacts


@contextlib.contextmanager
def staged(source: Path, size: tuple[int, int] | None = None) -> Iterator[Staged]:
    """Copy a model into a temporary folder and look at it there, in a child process; delete the folder at the end.

    Args:
        source: A file with the files that belong to it beside it, a zip of both, or a SavedModel folder.
        size: Height and width to use where the network takes any.

    Raises:
        UserError: If it is not a model that can be used, or the folder of the models can't be written to.
    """
    with temporary_folder() as folder:
        yield stage(source, folder, size)


def stage(
    source: Path, folder: Path, size: tuple[int, int] | None = None, stop: threading.Event | None = None
) -> Staged:
    """Copy a model into an empty ``folder``, looking at it in a child process, which ``stop`` ends when it is set.

    Other arguments and errors as ``staged``.
    """
    unpacked = folder / ".unpacked"
    try:
        main = archives.unpack(source, unpacked) if source.suffix.lower() == ".zip" and source.is_file() else source
        facts = inspect(main, folder, size, stop=stop)
        for name in facts.files:
            if not (folder / name).exists():  # a file that was converted is there already
                shutil.copyfile(main.parent / name, folder / name)
    except OSError as error:
        raise UserError(f"{source}: cannot be copied to {folder.parent} ({error.strerror or error})") from error
    shutil.rmtree(unpacked, ignore_errors=True)
    files, guesses = [folder / name for name in facts.files], facts.guesses
    first_load.remember(facts.engine, files, guesses.input_size.value, guesses.layout.value)
    return Staged(folder, source.name, facts)


def add(source: Path, name: str | None, answers: Answers) -> tuple[AddedModel, ModelFacts]:
    """Add the model at ``source`` under a name, by default that of the file; see ``staged`` and ``describe``.

    Raises:
        UserError: If the model can't be used, a question is open or the name is taken; nothing is left behind then.
    """
    chosen = check_name(default_name(source) if name is None else name)
    with staged(source, answers.input_size) as prepared:
        described = describe(prepared.facts, prepared.original, answers)
        return save(prepared, described, chosen), prepared.facts


def save(prepared: Staged, described: Description, name: str) -> AddedModel:
    """Try a model as it is described, and move it among the models.

    Raises ``UserError`` if the description does not fit it or the name is taken.
    """
    check_name(name)
    try_out(prepared, described)
    move_in(prepared.folder, name)
    return AddedModel(paths.runs_dir() / name)


def move_in(folder: Path, name: str) -> None:
    """Move a complete model from its temporary folder among the models. Raises ``UserError`` if the name is taken."""
    with exclusive(paths.runs_dir() / LOCK):
        check_name(name)
        folder.chmod(0o755)  # mkdtemp makes folders that nobody else may read
        folder.rename(paths.runs_dir() / name)


def try_out(prepared: Staged, described: Description) -> FilePredictor:
    """Return the predictor of a model as it is described, which has run once. Raises ``UserError`` if it fails."""
    write_text(prepared.folder / description.FILE, description.dump(described))
    return FilePredictor.load(AddedModel(prepared.folder))


def agreement(prepared: Staged, described: Description) -> float | None:
    """Return the share of a sample photograph's pixels that get the same class on ONNX Runtime; None without it.

    Raises ``UserError`` if either engine fails, which says nothing against the other.
    """
    if prepared.facts.format != "onnx" or described.engine != "openvino" or not has_onnxruntime():
        return None
    image = samples.get("chelsea").load()
    other = try_out(prepared, described.model_copy(update={"engine": "onnxruntime"})).predict(image).labels
    return float((try_out(prepared, described).predict(image).labels == other).mean())


def has_onnxruntime() -> bool:
    """Return whether ONNX Runtime is installed."""
    from importlib.util import find_spec

    return find_spec("onnxruntime") is not None


def remove(name: str) -> Path:
    """Delete an added model and its scores; return its folder. Raises ``UserError`` if there is none of that name."""
    folder = added_folder(name)
    with temporary_folder() as doomed, in_use.held(folder):
        _move(folder, doomed / "model")  # at once, so that nobody meets half a model; of a link, only the link
    return folder


def rename(name: str, new: str) -> AddedModel:
    """Give an added model another name. Raises ``UserError`` if there is none, or the new name is taken."""
    folder = added_folder(name)
    target = paths.runs_dir() / new
    with exclusive(paths.runs_dir() / LOCK), in_use.held(folder):
        check_name(new)
        _move(folder, target)
    return AddedModel(target)


def added_folder(name: str) -> Path:
    """Return the folder of an added model. Raises ``UserError`` if there is none of that name."""
    folder = paths.runs_dir() / name
    is_run = (folder / "config.yaml").is_file()
    is_added = any((folder / file).is_file() for file in (description.FILE, stored.FILE))
    if not NAME.fullmatch(name) or is_run or not is_added:
        kind = "a trained run" if is_run else "no added model"
        raise UserError(
            f"{name!r} is {kind}; added ones in {paths.runs_dir()} have {description.FILE} or {stored.FILE}"
        )
    return folder


def _move(folder: Path, target: Path) -> None:
    """Rename a folder. Raises ``UserError`` if that fails, as when another process has removed it."""
    try:
        folder.rename(target)
    except OSError as error:
        raise UserError(f"{folder}: cannot be moved ({error.strerror})") from error


def default_name(source: Path) -> str:
    """Return a name for a model from that of its file, such as ``unet`` for ``unet.onnx``."""
    stem = source.absolute().name.removesuffix(source.suffix)
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", stem).strip("_.-")[:LONGEST_NAME] or "model"


def check_name(name: str) -> str:
    """Return ``name``. Raises ``UserError`` if it is not a name or there is a model of that name already."""
    if not NAME.fullmatch(name):
        raise UserError(
            f"the name {name!r} must be letters, digits, _, - and ., at most {LONGEST_NAME}; choose one with --name"
        )
    for folder in (paths.zoo_dir() / name, paths.runs_dir() / name):
        if os.path.lexists(folder):
            raise UserError(f"there is a model {name} already, in {folder}; choose another name with --name")
    return name
