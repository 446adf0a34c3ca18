"""Read the file in which a user says what a model's classes mean on another dataset.

It is YAML. Each line has a class of the model and either the dataset's class that means the same, or a list of concepts
of ``data.shared_classes``; an empty list says that the dataset has no such class:

    kitty: cat
    vehicle: [car, bus, train]
    logo: []

Classes that are not in the file keep the meaning that their names have.
"""

from pathlib import Path
from typing import Any

from configs.errors import UserError
from configs.yaml_loader import load_yaml
from data.dataset import Dataset
from data.formats.shared.text_files import read_text
from data.shared_classes import Meanings, covered, known_concepts

MAX_BYTES = 1 << 20


def load(path: Path, model: Dataset, dataset: Dataset) -> Meanings:
    """Return what the file says the classes of ``model`` mean on ``dataset``.

    Raises ``UserError``, which names the line's class, if the file can't be read or one of its words is unknown.
    """
    return parse(read_text(path, MAX_BYTES), str(path), model, dataset)


def parse(text: str, origin: str, model: Dataset, dataset: Dataset) -> Meanings:
    """Return what the text of a file says, which errors call ``origin``. Raises ``UserError`` as ``load`` does."""
    content = load_yaml(text, origin)
    if not isinstance(content, dict) or not content:
        raise UserError(
            f"{origin}: must have lines such as `kitty: cat`, each with a class of the model and what it means"
        )
    return {
        _scored_class(model, name, origin): _meaning(value, dataset, f"{origin}: {name}")
        for name, value in content.items()
    }


def _meaning(value: Any, dataset: Dataset, where: str) -> frozenset[str]:
    if isinstance(value, str):
        return covered(dataset)[dataset.label_space.id_of(_scored_class(dataset, value, where))]
    if not isinstance(value, list):
        raise UserError(f"{where}: must be a class of {dataset.title} or a list of concepts, not {value!r}")
    known = known_concepts()
    for concept in value:
        if concept not in known:
            raise UserError(f"{where}: there is no concept {concept!r}; known are {', '.join(known)}")
    return frozenset(value)


def _scored_class(dataset: Dataset, name: object, where: str) -> str:
    """Return the name of a class that is scored; YAML reads some as numbers. Raises ``UserError`` if it is none."""
    space = dataset.label_space
    scored = [space.names[class_id] for class_id in space.scored]
    if str(name) not in scored:
        raise UserError(f"{where}: {name!r} is no scored class of {dataset.title}; those are {', '.join(scored)}")
    return str(name)
