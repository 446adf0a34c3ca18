"""The state of a page's controls: kept while the visitor changes pages, and mirrored in the page's address."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.ui.layout import escape_markdown

FEW = 8  # the most options that a message about an unknown value names


@dataclass
class PageState:
    """The values of a page's controls by name; unlike widget state, they survive a visit to another page.

    A control takes part by ``st.toggle("Grid", **state.widget("grid", False))``. Its value is a ``bool``, a ``float``,
    a ``str`` or a list of ``str``, like its default.

    Attributes:
        page: Name of the page, which separates its controls from those of others.
        values: The values set by hand or by a link.
        link: The query that this page last followed or wrote.
        problems: One sentence for each value in the link that does not exist.
    """

    page: str
    values: dict[str, Any] = field(default_factory=dict)
    link: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _linked: dict[str, str] = field(default_factory=dict)
    _shown: dict[str, str] = field(default_factory=dict)
    _changed: bool = False
    _followed: bool = False

    def follow_link(self) -> None:
        """Take over the address's query if the visitor came by a link. Call it before drawing the controls."""
        query = st.query_params.to_dict()
        # A control that was just changed takes precedence: the browser may not know the latest address yet.
        self._followed = bool(query) and query != self.link and not self._changed
        if self._followed:
            self._linked, self.problems = dict(query), []
            self.link = query  # a control may interrupt this run before it writes the link
        self._shown, self._changed = {}, False

    def widget(
        self, name: str, default: Any, options: Sequence[str] | None = None, *, always: bool = False
    ) -> dict[str, Any]:
        """Return the arguments that bind a control to its value.

        Args:
            name: Name of the value, also in the address.
            default: The initial value; determines the type.
            options: The allowed values, if they are limited; a value that no longer exists is dropped.
            always: Write the value into the address even if it is the default, because the default varies.

        A link without the name means the default, as defaults are not written into the address.
        """
        if name in self._linked:
            self._follow(name, self._linked.pop(name), default, options)
        elif self._followed and name not in self.link:
            self.values.pop(name, None)  # a default is never written, so a link without the name means it
        value = self.values.get(name, default)
        if options is not None:
            value = _limited(value, default, options)
        self._shown.pop(name, None)
        if always or value != default:
            self._shown[name] = _text(value)
        key = f"{self.page}_{name}"
        st.session_state[key] = value
        return {"key": key, "on_change": self._remember, "args": (name, key)}

    def value(self, name: str, default: Any, options: Sequence[str] | None = None) -> Any:
        """Return a value that ``set`` changes and no control is bound to; ``options`` as in ``widget``."""
        return st.session_state[self.widget(name, default, options)["key"]]

    def set(self, name: str, value: Any) -> None:
        """Set a value when a button is pressed."""
        self.values[name] = value
        self._changed = True

    def unusable(self, name: str, reason: str) -> None:
        """Say why the link's value of a control that is not drawn is not used, if it has one."""
        if name in self._linked:
            self.problems.append(f"The link asks for {name}={self._linked.pop(name)}, {reason}.")

    def write_link(self) -> None:
        """Write the values into the page's address, so that it can be shared. Call it after drawing the controls."""
        link = {name: text for name, text in self._shown.items() if text}
        if st.query_params.to_dict() != link:
            st.query_params.from_dict(link)
        self.link = link

    def show_problems(self, place: DeltaGenerator) -> None:
        """List in ``place`` which values of the link do not exist or are not used. Call it after drawing the controls.

        A value whose control is not drawn is kept, and used if it is drawn later.
        """
        unused = [f"The link asks for {name}={text}, which nothing here uses." for name, text in self._linked.items()]
        if told := self.problems + unused:
            place.warning("  \n".join(map(escape_markdown, told)), icon=":material/link_off:")

    def _remember(self, name: str, key: str) -> None:
        self.values[name] = st.session_state[key]
        self._changed = True

    def _follow(self, name: str, text: str, default: Any, options: Sequence[str] | None) -> None:
        """Set the value that a link asks for, as far as it exists."""
        value = _parse(text, default)
        if value is None:
            fault = "neither 0 nor 1" if isinstance(default, bool) else "not a number"
            self.problems.append(f"The link asks for {name}={text}, which is {fault}.")
            return
        parts = value if isinstance(value, list) else [value]
        unknown = [part for part in parts if options is not None and part not in options]
        known = _alternatives(options)
        self.problems += [f"The link asks for {name}={part}, which is not here{known}." for part in unknown]
        if len(unknown) < len(parts):
            self.values[name] = value


def page_state(page: str) -> PageState:
    """Return the state of a page in the visitor's session."""
    state: PageState = st.session_state.setdefault(f"page_state_{page}", PageState(page))
    return state


def _alternatives(options: Sequence[str] | None) -> str:
    """Name the options if they are few; empty otherwise."""
    names = [option for option in options or () if option]
    return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names)}" if 0 < len(names) <= FEW else ""


def _limited(value: Any, default: Any, options: Sequence[str]) -> Any:
    """Return the part of ``value`` that is among the options; ``default`` replaces a single unknown value."""
    if isinstance(value, list):
        return [option for option in options if option in value]
    return value if value in options else default


def _parse(text: str, default: Any) -> Any:
    """Parse a value of the type of ``default``; return None if it is invalid."""
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
    """Write a value as ``_parse`` reads it."""
    if isinstance(value, bool):
        return str(int(value))
    return ",".join(value) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)
