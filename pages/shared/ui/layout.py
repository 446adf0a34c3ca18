"""What every page stands in: title, navigation, footer, and errors told in one sentence."""

import base64
import contextlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import streamlit as st

from configs.errors import UserError
from configs.paths import ROOT

LOGO = Path(__file__).with_name("logo.svg")

ABOUT = "SegDeck compares semantic-segmentation models side by side, in the browser."

logger = logging.getLogger("segdeck.dashboard")

_complete_history = st.components.v2.component(
    "segdeck_history", js=Path(__file__).with_name("history.js").read_text(encoding="utf-8")
)


@contextlib.contextmanager
def page_layout(title: str) -> Iterator[None]:
    """Draw what all pages have in common around the content of one; each page's whole script is inside of it.

    Args:
        title: Name of the page, for the browser's tab.
    """
    st.set_page_config(
        page_title=f"{title} · SegDeck",
        page_icon=LOGO.read_text(encoding="utf-8"),
        layout="wide",
        menu_items={"About": ABOUT},  # with an entry of its own the menu appears, and offers light and dark
    )
    st.html(Path(__file__).with_name("layout.css"))
    _navigation()
    with error_boundary("This page"):
        yield
    _footer()
    _complete_history(key="history", height=1)


@contextlib.contextmanager
def error_boundary(what: str) -> Iterator[None]:
    """Turn an error inside into one calm sentence on the page; what is drawn after the block still appears.

    Args:
        what: What could not be shown if the error is nobody's but ours; starts the sentence.
    """
    try:
        yield
    except UserError as error:
        st.error(escape_markdown(sentence(str(error))), icon=":material/error:")
    except Exception:
        logger.exception("%s could not be shown", what)
        st.error(
            f"{escape_markdown(what)} could not be shown because of an error in SegDeck. The server's log has "
            "the details.",
            icon=":material/error:",
        )


def pages() -> list[tuple[str, str]]:
    """List the pages as Streamlit finds them: path from the project's root, and title."""
    files = sorted((ROOT / "pages").glob("*.py"))
    return [
        ("streamlit_app.py", "Overview"),
        *((f"pages/{file.name}", file.stem.lstrip("0123456789").strip("_- ").replace("_", " ")) for file in files),
    ]


def path_of(title: str) -> str:
    """Return the path of the page called ``title``, for links to it."""
    return next(path for path, known in pages() if known == title)


def sentence(text: str) -> str:
    """Return a message with a capital letter, unless it begins with a name.

    >>> sentence("the model cat is damaged"), sentence("cat.jpg: is no picture")
    ('The model cat is damaged', 'cat.jpg: is no picture')
    """
    return text[:1].upper() + text[1:] if text.startswith(("the ", "there ")) else text


def escape_markdown(text: str) -> str:
    """Escape ``text`` so that Markdown shows it as it is; file names may hold anything."""
    return re.sub(r"([\\`*_\[\]<>$~:#|])", r"\\\1", text)


def _navigation() -> None:
    """Draw the bar at the top: the name, and a link to every page."""
    with st.container(horizontal=True, vertical_alignment="center", key="navigation"):
        st.html(_logo(), width="content")  # st.image would put a button for full screen before the first link
        st.markdown("**SegDeck**", width="content")
        for path, title in pages():
            st.page_link(path, label=title)


def _logo() -> str:
    """Return the logo as HTML; the name beside it says what it stands for."""
    return f'<img alt="" width="28" src="data:image/svg+xml;base64,{base64.b64encode(LOGO.read_bytes()).decode()}">'


def _footer() -> None:
    """Draw the line at the bottom."""
    st.divider()
    st.caption(
        "SegDeck is free software under the MIT licence. Models run on the computer that serves this page; pictures "
        "stay on it, for the length of your visit, and go nowhere else."
    )
