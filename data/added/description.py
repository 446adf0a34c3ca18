"""The description of an added dataset, ``dataset.yaml``: its schema, and the dataset that it describes."""

import hashlib
import re
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints, field_validator

from configs.errors import ConfigError, UserError
from configs.schema import Section, validate
from configs.yaml_loader import dump_yaml, load_yaml
from data import formats
from data.added import splits
from data.dataset import Dataset, Pair
from data.formats.shared.class_tables import named
from data.formats.shared.contract import ClassTable, Labels, SourceClass, Value
from data.formats.shared.text_files import read_text
from data.formats.shared.tree import scan
from data.label_space import MAX_CLASSES, LabelSpace

FILE = "dataset.yaml"
"""Name of the file, in the folder below the data folder that is named like the dataset."""

NAME = re.compile(r"[a-z0-9][a-z0-9_]*")
"""What a name looks like; ``configs.schema`` asks for the same."""

_Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class ClassEntry(Section):
    """A class; the order of the classes is that of their ids."""

    name: _Text
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
    values: list[Value]
    """What marks it in the files: numbers, colours such as ``"#ff8000"``, or names. Empty for uncovered pixels."""

    @field_validator("values", mode="before")
    @classmethod
    def _are_numbers_or_texts(cls, values: object) -> object:
        if not isinstance(values, list) or not all(type(value) in (int, str) for value in values):
            raise ValueError(f"must be a list of numbers, colours such as '#ff8000' or names, not {values!r}")
        return values


class Description(Section):
    """What ``dataset.yaml`` holds. Every key is required."""

    title: _Text
    folder: _Text
    """Absolute path of the folder with the pictures and labels, which are read from there."""
    format: _Text
    """A name that ``data.formats.names()`` lists."""
    classes: Annotated[list[ClassEntry], Field(min_length=1, max_length=MAX_CLASSES)]
    void: str | None
    """Name of the class that is neither trained on nor scored, or null."""
    uncovered: str | None
    """Name of the class of pixels that no label covers, or null if the labels cover every pixel."""
    stuff: list[str]
    """Names of the classes that are not countable, such as sky."""
    licence: _Text
    homepage: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")]
    """An address, or an empty text."""

    def table(self) -> ClassTable:
        """Return the classes as the formats know them."""
        classes = tuple(SourceClass(one.name, tuple(one.values), one.colour) for one in self.classes)
        return ClassTable(classes, FILE, self.void, self.uncovered, tuple(self.stuff))

    def label_space(self) -> LabelSpace:
        """Return the label space. Raises ``UserError`` if names and colours do not form one."""
        names = tuple(one.name for one in self.classes)
        void = None if self.void is None else names.index(self.void)
        return LabelSpace(names, tuple(one.colour for one in self.classes), void, tuple(self.stuff))


def load(path: Path) -> Description:
    """Read a ``dataset.yaml``. Raises ``ConfigError``, with the key and what is allowed, if it is not valid."""
    try:
        return parse(read_text(path), str(path))
    except ConfigError:
        raise
    except UserError as error:
        raise ConfigError(str(error)) from error


def parse(text: str, origin: str) -> Description:
    """Read the text of a ``dataset.yaml``; ``origin`` names it in errors. Raises as ``load`` does."""
    content = load_yaml(text, origin)
    if not isinstance(content, dict):
        raise ConfigError(f"{origin}: should be a mapping with the keys {', '.join(Description.model_fields)}")
    description = validate(Description, content, origin)
    _check(description, origin)
    return description


def dump(description: Description) -> str:
    """Return the description as YAML that ``parse`` reads back to an equal one."""
    return dump_yaml(description.model_dump(mode="json"))


def of(name: str, folder: Path, form: str, table: ClassTable) -> Description:
    """Return the description of a folder, unchecked; what only people know is left for them to fill in."""
    return Description.model_construct(
        title=name.replace("_", " "),
        folder=str(folder.expanduser().absolute()),
        format=form,
        classes=[
            ClassEntry.model_construct(name=one.name, colour=one.colour or "", values=list(one.values))
            for one in table.classes
        ],
        void=table.void,
        uncovered=table.uncovered,
        stuff=list(table.stuff),
        licence="unknown",
        homepage="",
    )


def dataset(name: str, description: Description) -> Dataset:
    """Return the dataset that is described."""
    form, table, space = description.format, description.table(), description.label_space()
    boxes = formats.get(form).OBJECTS and bool(space.things)
    return Dataset(
        name=name,
        title=description.title,
        folder=description.folder,
        label_space=space,
        licence=description.licence,
        homepage=description.homepage,
        kind=None,
        pairs=partial(_pairs, form),
        read_mask=partial(_read_mask, form, table),
        read_boxes=partial(_read_boxes, form, table, space.things) if boxes else None,
        revision=hashlib.sha256((dump(description) + "boxes" * boxes).encode()).hexdigest(),
    )


def to_ids(labels: Labels, table: ClassTable, origin: str) -> NDArray[np.uint8]:
    """Return the class id of every pixel, ``(H, W)``.

    Raises ``UserError``, with ``origin`` for the file, if no class explains a value.
    """
    ids, found = table.ids(), labels.pixels()
    if unknown := [value for value in found if value not in ids]:
        what = ", ".join("pixels that no label covers" if value is None else str(value) for value in unknown[:5])
        known = named([value for value in ids if value is not None])
        raise UserError(f"{origin}: holds {what}, which no class explains; the classes are marked by {known}")
    lookup = np.array([ids.get(value, 0) for value in labels.values], np.uint8)
    return lookup[labels.codes]


def _pairs(form: str, folder: Path) -> dict[str, list[Pair]]:
    listing = formats.get(form).listing(scan(folder))
    return splits.divide(listing.splits, str(folder))[0]


def _read_mask(form: str, table: ClassTable, pair: Pair, size: tuple[int, int]) -> NDArray[np.uint8]:
    return to_ids(formats.get(form).read(pair, size, table), table, str(pair.annotation))


def _read_boxes(
    form: str, table: ClassTable, things: Collection[int], pair: Pair, size: tuple[int, int]
) -> NDArray[np.int32]:
    labels, ids = formats.get(form).read(pair, size, table), table.ids()
    rows = [(ids[value], *box) for value, box in labels.visible() if ids[value] in things]
    return np.array(rows, np.int32).reshape(-1, 5)


def _check(description: Description, origin: str) -> None:
    """Raise ``ConfigError`` for what the schema cannot express."""
    if not Path(description.folder).is_absolute():
        raise ConfigError(f"{origin}: folder: must be an absolute path, not {description.folder!r}")
    if description.format not in formats.names():
        raise ConfigError(f"{origin}: format: must be one of {', '.join(formats.names())}, not {description.format!r}")
    names = [one.name for one in description.classes]
    for key, chosen in (("void", description.void), ("uncovered", description.uncovered)):
        if chosen is not None and chosen not in names:
            raise ConfigError(f"{origin}: {key}: must be null or one of {', '.join(names)}, not {chosen!r}")
    try:
        description.label_space()
    except UserError as error:
        raise ConfigError(f"{origin}: classes: {error}") from error
    if not description.label_space().scored:
        raise ConfigError(f"{origin}: classes: at least one class besides {description.void!r} is needed")
    _check_values([value for one in description.classes for value in one.values], origin)


def _check_values(values: Sequence[Value], origin: str) -> None:
    for value in values:
        if values.count(value) > 1:
            raise ConfigError(f"{origin}: classes: the value {value!r} marks two classes; it can mark only one")
    kinds = {type(value).__name__ if isinstance(value, int) else value.startswith("#") for value in values}
    if len(kinds) > 1:
        raise ConfigError(f"{origin}: classes: values must be all numbers, all colours such as '#ff8000', or all names")
