"""The question what the classes of a model are called."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from configs.errors import UserError
from data import class_files, datasets
from data.label_space import BACKGROUND
from models.added.facts import ModelFacts
from pages.models.add_model.labels import because, guessed
from pages.shared.ui.uploader import kept_file

TYPED, DATASET, FILE = "Typed in", "Of a dataset", "From a file"
NOTHING = "none of them"
UNKNOWN = 21
"""Number of classes that are offered if nothing tells how many there are."""


@dataclass(frozen=True)
class ClassAnswers:
    """What the classes are called, or the dataset that they belong to, and which one means nothing."""

    names: tuple[str, ...] | None = None
    dataset: str | None = None
    void: str | None = None


def draw(facts: ModelFacts, kind: str, key: str) -> ClassAnswers:
    """Draw the question; ``key`` starts the widgets' keys. Raises ``UserError`` if the answer does not fit.

    Names that the file is sure of are not asked for.
    """
    guess = facts.guesses.class_names
    expected = 2 if kind == "binary" else facts.guesses.channels.value
    if guess.certain and guess.value:
        return ClassAnswers(names=guess.value, void=_void(facts, guess.value, key))
    options = [TYPED, DATASET, FILE] if fitting(expected, guess.value) else [TYPED, FILE]
    source = st.segmented_control(
        guessed("Names of its classes" if expected is None else f"Names of its {expected} classes"),
        options,
        default=TYPED,
        required=True,
        help=because(guess),
        **_bound(key, "classes"),
    )
    if source == DATASET:
        about = "The names and colours of this dataset, in its order. Only datasets with as many classes are listed."
        choice = fitting(expected, guess.value)
        name = st.selectbox("Dataset", choice, help=about, width=340, **_bound(key, "dataset"))
        return ClassAnswers(dataset=name)
    if expected is None:
        st.caption("Nothing tells how many classes there are.")
    names = _from_file(key) if source == FILE else _typed(guess.value or unnamed(expected, kind), key)
    if expected is not None and len(names) not in {expected, expected - (BACKGROUND not in names)}:
        raise UserError(f"the network has {expected} classes, and {len(names)} are named")
    if expected is not None and len(names) < expected:
        names = (BACKGROUND, *names)
    return ClassAnswers(names=names, void=_void(facts, names, key))


def fitting(expected: int | None, named: Sequence[str] | None) -> list[str]:
    """Return the datasets whose classes a network of so many classes, perhaps ``named`` by its file, may predict."""
    spaces = {name: datasets.get(name).label_space for name in datasets.names()}
    return [
        name
        for name, space in spaces.items()
        if expected in {None, len(space), len(space.scored)} or (named and set(named) <= set(space.names))
    ]


def unnamed(expected: int | None, kind: str) -> list[str]:
    """Return names for classes that nobody has named.

    >>> unnamed(3, "logits"), unnamed(2, "binary")
    (['class 0', 'class 1', 'class 2'], ['background', 'object'])
    """
    if kind == "binary":
        return [BACKGROUND, "object"]
    return [f"class {index}" for index in range(UNKNOWN if expected is None else expected)]


def _bound(key: str, question: str) -> dict[str, Any]:
    return {"key": f"{key}_{question}", "persist_state": "session"}


def _typed(guess: Sequence[str], key: str) -> tuple[str, ...]:
    """Draw a field with one name a line."""
    text = st.text_area(
        "Class names",
        "\n".join(guess),
        help="One a line, in the order of the output; or all in one line, separated by commas.",
        width=340,
        height=160,
        **_bound(key, "typed"),
    )
    lines = [line for line in (text or "").splitlines() if line.strip()]
    if len(lines) == 1:
        lines = lines[0].split(",")
    return class_files.in_order(class_files.of_content(lines, "the list of classes"), "the list of classes")


def _from_file(key: str) -> tuple[str, ...]:
    """Draw the upload of a file of names. Raises ``UserError`` if there is none yet, or it can't be read."""
    about = "Text with one name a line, CSV, JSON or YAML; also Hugging Face's config.json and data.yaml of YOLO."
    file = kept_file(
        "File of class names", f"{key}_file", type=[ending[1:] for ending in class_files.ENDINGS], help=about,
        width=340, max_upload_size=1,
    )  # fmt: skip
    if file is None:
        raise UserError("choose the file with the class names")
    name, content = file
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{name} is no text in UTF-8") from None
    return class_files.in_order(class_files.parse(text, Path(name).suffix, name), name)


def _void(facts: ModelFacts, names: Sequence[str], key: str) -> str | None:
    """Draw the choice of the class that means nothing; None for none."""
    guess = facts.guesses.void
    if guess.certain:
        return None if guess.value is None else names[guess.value]
    likely = guess.value is not None and guess.value < len(names)
    index = (guess.value or 0) + 1 if likely else 0
    about = f"Void: never predicted, never scored. {because(guess)}"
    chosen = st.selectbox(
        "Class that means nothing", [NOTHING, *names], index, help=about, width=340, **_bound(key, "void")
    )
    return None if chosen == NOTHING else chosen
