"""By what the images of a split can be grouped: their truth, their photographs, and columns that a visitor uploads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from configs import column_names
from configs.errors import UserError
from data import datasets, image_table
from data.image_measures import MEASURES
from data.image_table import ImageTable
from data.label_space import BACKGROUND
from data.store import Samples
from models.analysis.image_groups import groups_of
from models.metrics import scenarios
from models.metrics.bootstrap import ImageCounts
from models.metrics.scenarios import Group
from models.metrics.segmentation import Floats
from pages.evaluation import extreme_images, measurements
from pages.shared.content.scores import Scores
from pages.shared.ui.layout import escape_markdown, sentence
from pages.shared.ui.text import listed
from pages.shared.ui.uploader import kept_file

MOST_GROUPS = 12
CLASSES, SIZE = "Number of classes", "Size of the object"
_PARSED = "evaluation_images_parsed"
BY_TITLE = {measure.title: name for name, measure in MEASURES.items()}


@dataclass(frozen=True, eq=False)
class Scenario:
    """A way to group images: its title, what is measured in which unit, the groups, and whether a visitor made them."""

    title: str
    about: str
    unit: str
    groups: tuple[Group, ...]
    own: bool = False

    @property
    def grouped(self) -> int:
        """The number of images that are in a group."""
        return sum(len(group.indices) for group in self.groups)


@dataclass(frozen=True, eq=False)
class Choice:
    """The scenarios that are offered for a split, and why those that need photographs may not be.

    ``known`` are the groups that the dataset itself knows, such as breeds, and ``own`` those of the columns that were
    uploaded, by their titles.
    """

    counts: ImageCounts
    samples: Samples | None
    problem: str
    known: Mapping[str, tuple[Group, ...]]
    own: Mapping[str, tuple[Group, ...]]

    @property
    def titles(self) -> list[str]:
        """The titles of all that are offered."""
        size = [SIZE] if BACKGROUND in self.counts.classes else []
        return [*size, CLASSES, *self.known, *(BY_TITLE if self.samples else ()), *self.own]

    def scenario(self, title: str) -> Scenario:
        """Return a scenario; the photographs are measured if need be. Raises ``UserError`` if that fails."""
        if title == CLASSES:
            about = "Number of the scored classes that the truth of the image shows."
            groups = scenarios.terciles(classes_shown(self.counts), ("few classes", "medium", "many classes"))
            return Scenario(title, about, "classes", tuple(groups))
        if title == SIZE:
            about = f"Share of the scored pixels of the truth that have another class than {BACKGROUND}."
            groups = scenarios.terciles(100 * object_share(self.counts), ("small object", "medium", "large object"))
            return Scenario(title, about, "% of the scored pixels", tuple(groups))
        if title in self.known:
            return Scenario(title, f"{title} of the image, as its name tells.", "", self.known[title])
        if title in self.own:
            return Scenario(title, "A column of the uploaded table.", "", self.own[title], own=True)
        if self.samples is None:
            raise UserError(self.problem)
        measure = MEASURES[BY_TITLE[title]]
        values = measure.factor * measurements.of(self.samples)[BY_TITLE[title]]
        return Scenario(title, measure.about, measure.unit, tuple(scenarios.terciles(values, measure.thirds)))


def offered(one: Scores) -> Choice:
    """Draw the upload of own columns, and return what the images that a model was scored on can be grouped by."""
    samples, problem = None, ""
    try:
        samples = extreme_images.open_scored(one)
    except UserError as error:
        problem = str(error)
    known = known_groups(one)
    return Choice(one.counts, samples, problem, known, _own_columns(one, {CLASSES, SIZE, *BY_TITLE, *known}))


def known_groups(one: Scores) -> dict[str, tuple[Group, ...]]:
    """Return the groups of images that the dataset of the scored images knows, if they have more than one."""
    known = datasets.get(one.dataset).groups if one.dataset in datasets.names() else {}
    found = {title: tuple(groups_of(one.counts.ids, title, group_of)) for title, group_of in known.items()}
    return {title: groups for title, groups in found.items() if len(groups) > 1}


def classes_shown(counts: ImageCounts) -> Floats:
    """Return the number of classes in the truth of each image ``(N,)``."""
    return (counts.counts[[0, 2]].sum(axis=0) > 0).sum(axis=1).astype(np.float64)


def object_share(counts: ImageCounts) -> Floats:
    """Return the share of each image's scored pixels whose class is not the background ``(N,)``; ``nan`` for none."""
    truth = counts.counts[[0, 2]].sum(axis=0).astype(np.float64)
    total = truth.sum(axis=1)
    objects = total - truth[:, counts.classes.index(BACKGROUND)]
    return np.divide(objects, total, out=np.full(len(total), np.nan), where=total > 0)


def _own_columns(one: Scores, taken: Collection[str]) -> dict[str, tuple[Group, ...]]:
    """Draw the upload of a table of images, and return the groups of each of its columns that has some.

    ``taken`` are the titles of the other scenarios.
    """
    with st.expander("Your own columns, such as weather or camera", icon=":material/table:"):
        about = (
            "CSV in UTF-8. The first line names the columns; the first column is the image's id, such as "
            f"{one.counts.ids[0] if one.counts.ids else 'image'}. Words become groups, numbers are split into thirds."
        )
        file = kept_file(
            "Table of the images", f"evaluation_images_{one.dataset}_{one.split}", type=["csv"], width=520,
            help=escape_markdown(about), max_upload_size=image_table.MAX_BYTES // 1_000_000,
        )  # fmt: skip
        if file is None:
            st.session_state.pop(_PARSED, None)
            return {}
        try:
            table = _parsed(file[1], file[0], one.counts.ids)
        except UserError as error:
            st.error(escape_markdown(sentence(str(error))), icon=":material/error:")
            return {}
        groups = own_groups(table, taken)
        shown = {title: found for title, found in groups.items() if 0 < len(found) <= MOST_GROUPS}
        st.caption(escape_markdown(_told(file[0], table, len(one.counts.ids), groups)))
        return shown


def own_groups(table: ImageTable, taken: Collection[str]) -> dict[str, tuple[Group, ...]]:
    """Return the groups of every column; one with the title of another scenario is told apart."""
    groups = {title: tuple(scenarios.terciles(values)) for title, values in table.numbers.items()}
    groups |= {title: tuple(scenarios.categories(words)) for title, words in table.categories.items()}
    return dict(zip(column_names.apart(list(groups), taken, "uploaded"), groups.values(), strict=True))


def _told(name: str, table: ImageTable, images: int, groups: Mapping[str, Sequence[Group]]) -> str:
    """Say how many images a table describes, and which of its columns are of no use."""
    text = f"{name} describes {table.matched:,} of the {images:,} images."
    if many := [f"{title} ({len(found):,})" for title, found in groups.items() if len(found) > MOST_GROUPS]:
        text += f" Left out are columns of words with more than {MOST_GROUPS} different ones: {listed(many)}."
    if empty := [title for title, found in groups.items() if not found]:
        text += f" Without any value for these images: {listed(empty)}."
    return text


def _parsed(content: bytes, name: str, ids: tuple[str, ...]) -> ImageTable:
    """Parse an uploaded table, once for each upload; it is forgotten with the visit, like the upload itself."""
    known = st.session_state.get(_PARSED)
    if known is None or known[0] is not content or known[1] != ids:
        known = st.session_state[_PARSED] = content, ids, image_table.parse(content, name, ids)
    table: ImageTable = known[2]
    return table
