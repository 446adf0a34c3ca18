"""What a visitor has chosen on a page: it outlives a change of page and is written into the page's address."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.ui.layout import escape_markdown

FEW = 8
"""Up to this many values are named when a link asks for another one."""


@dataclass
class PageState:
    """The values of a page's controls, by name; Streamlit drops the state of a widget that is not drawn, this stays.

    A control takes part by ``st.toggle("Grid", **choices.widget("grid", False))``. Its value is a ``bool``, a
    ``float``, a ``str`` or a list of ``str``, as its default is.

    Attributes:
        page: Keeps the controls of different pages apart.
        values: What was chosen by hand or by a link.
        link: What this page last followed, or wrote into its address.
        problems: One sentence for each thing that a link asks for and that is not here.
    """

    page: str
    values: dict[str, Any] = field(default_factory=dict)
    link: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _asked: dict[str, str] = field(default_factory=dict)
    _drawn: dict[str, str] = field(default_factory=dict)
    _moved: bool = False

    def follow_link(self) -> None:
        """Take over what the page's address asks for, if the visitor came by a link. Call it before the controls."""
        asked = st.query_params.to_dict()
        # A control that was just moved comes first: the browser may not have heard of the latest address yet.
        if asked and asked != self.link and not self._moved:
            self._asked, self.problems = dict(asked), []
            self.link = asked  # this run may be interrupted by a control before it writes one
        self._drawn, self._moved = {}, False

    def widget(
        self, name: str, default: Any, options: Sequence[str] | None = None, *, always: bool = False
    ) -> dict[str, Any]:
        """Return the arguments that bind a control to its value.

        Args:
            name: Name of the value, also in the address.
            default: Its value until one is chosen; its type is the value's.
            options: What can be chosen, where that is limited; what is gone is chosen no more.
            always: Write it into the address even if it is the default, because that depends on what is here.
        """
        key = f"{self.page}_{name}"
        st.session_state[key] = self._value(name, default, options, always)
        return {"key": key, "on_change": self._remember, "args": (name, key)}

    def _value(self, name: str, default: Any, options: Sequence[str] | None, always: bool) -> Any:
        if name in self._asked:
            self._take(name, self._asked.pop(name), default, options)
        value = self.values.get(name, default)
        if options is not None:
            value = _limited(value, default, options)
        self._drawn.pop(name, None)
        if always or value != default:
            self._drawn[name] = _text(value)
        return value

    def write_link(self) -> None:
        """Put the choices into the page's address, so that it can be shared. Call it after the controls."""
        link = {name: text for name, text in self._drawn.items() if text}
        if st.query_params.to_dict() != link:
            st.query_params.from_dict(link)
        self.link = link

    def show_problems(self, place: DeltaGenerator) -> None:
        """Tell in ``place`` what the link asked for in vain; call it after the controls, of the page's top."""
        if self.problems:
            place.warning(
                "  \n".join(escape_markdown(problem) for problem in self.problems), icon=":material/link_off:"
            )

    def _remember(self, name: str, key: str) -> None:
        self.values[name] = st.session_state[key]
        self._moved = True

    def _take(self, name: str, text: str, default: Any, options: Sequence[str] | None) -> None:
        """Choose what a link asks for, as far as it exists."""
        value = _parse(text, default)
        if value is None:
            right = "neither 0 nor 1" if isinstance(default, bool) else "no number"
            self.problems.append(f"The link asks for {name}={text}, which is {right}.")
            return
        asked = value if isinstance(value, list) else [value]
        gone = [one for one in asked if options is not None and one not in options]
        self.problems += [f"The link asks for {name}={one}, which is not here{_instead(options)}." for one in gone]
        if len(gone) < len(asked):
            self.values[name] = value


def page_state(page: str) -> PageState:
    """Return the choices of the visitor whose page is being drawn."""
    key = f"choices_{page}"
    if key not in st.session_state:
        st.session_state[key] = PageState(page)
    found = st.session_state[key]
    assert isinstance(found, PageState)
    return found


def _instead(options: Sequence[str] | None) -> str:
    """Say what a link can ask for, if that is told in a few words."""
    names = [one for one in options or () if one]
    return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names)}" if 0 < len(names) <= FEW else ""


def _limited(value: Any, default: Any, options: Sequence[str]) -> Any:
    """Return the part of ``value`` that can be chosen; ``default`` stands in for a single one that is gone."""
    if isinstance(value, list):
        return [one for one in options if one in value]
    return value if value in options else default


def _parse(text: str, default: Any) -> Any:
    """Read a value of the type of ``default``, or return None."""
    if isinstance(default, bool):
        return {"1": True, "0": False}.get(text)
    if isinstance(default, float):
        try:
            number = float(text)
        except ValueError:
            return None
        return min(max(number, 0.0), 1.0) if math.isfinite(number) else None
    return list(dict.fromkeys(part for part in text.split(",") if part)) if isinstance(default, list) else text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return ",".join(value) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)
