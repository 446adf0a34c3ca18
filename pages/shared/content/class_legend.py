"""The legend of a label space: every scored class with its colour."""

import html

from data.label_space import LabelSpace


def class_legend(space: LabelSpace) -> str:
    """Return the scored classes with their colours as an HTML list."""
    entries = "".join(
        f'<li><span style="background:{space.colours[index]}"></span>{html.escape(space.names[index])}</li>'
        for index in space.scored
    )
    return f'<ul class="segdeck-legend">{entries}</ul>'
