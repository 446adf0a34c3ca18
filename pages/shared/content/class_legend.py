"""The legend of a label space: every scored class with its colour."""

import html
from collections.abc import Sequence

from data.label_space import LabelSpace


def class_legend(space: LabelSpace, ids: Sequence[int] | None = None) -> str:
    """Return classes with their colours as an HTML list: those of ``ids`` in this order, or else the scored ones."""
    entries = "".join(
        f'<li><span style="background:{space.colours[index]}"></span>{html.escape(space.names[index])}</li>'
        for index in (space.scored if ids is None else ids)
    )
    return f'<ul class="segdeck-legend">{entries}</ul>'
