"""The layout of every page: title, navigation, footer, and errors reported in one sentence."""

import base64
import contextlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import streamlit as st

from configs.errors import UserError
from configs.paths import ROOT
from pages.shared.ui import telling

LOGO = Path(__file__).with_name("logo.svg")
ABOUT = "SegDeck compares semantic-segmentation models side by side, in the browser."

logger = logging.getLogger("segdeck.dashboard")

_patch_history = st.components.v2.component(
    "segdeck_history", js=Path(__file__).with_name("history.js").read_text(encoding="utf-8")
)


@contextlib.contextmanager
def page_layout(title: str) -> Iterator[None]:
    """Draw navigation and footer around a page's content; ``title`` is that of the browser tab."""
    with telling.whole_run(), _framed(title):
        yield


@contextlib.contextmanager
def _framed(title: str) -> Iterator[None]:
    st.set_page_config(
        page_title=f"{title} · SegDeck",
        page_icon=LOGO.read_text(encoding="utf-8"),
        layout="wide",
        menu_items={"About": ABOUT},  # without an entry there is no menu, and no choice between light and dark
    )
    st.html(Path(__file__).with_name("layout.css"))
    with st.container(horizontal=True, vertical_alignment="center", key="navigation"):
        logo = base64.b64encode(LOGO.read_bytes()).decode()
        # As HTML, because st.image adds a full-screen button; without alternative text, as the name stands beside it.
        st.html(f'<img alt="" width="28" src="data:image/svg+xml;base64,{logo}">', width="content")
        st.markdown("**SegDeck**", width="content")
        for path, name in pages():
            st.page_link(path, label=name)
    with error_boundary("This page"):
        yield
    st.divider()
    st.caption(
        "SegDeck is free software under the MIT licence. Models run on the computer that serves this page. What you "
        "upload stays there until a minute after you have closed the page; only models that you add are kept."
    )
    _patch_history(key="history", height=1)


@contextlib.contextmanager
def error_boundary(what: str) -> Iterator[None]:
    """Report an error in the block in one sentence and go on; ``what`` is what could not be shown because of a bug."""
    try:
        yield
    except UserError as error:
        st.error(escape_markdown(sentence(str(error))), icon=":material/error:")
    except Exception:
        logger.exception("%s could not be shown", what)
        text = f"{what} could not be shown because of an error in SegDeck. The server's log has the details."
        st.error(escape_markdown(text), icon=":material/error:")


def pages() -> list[tuple[str, str]]:
    """Return path (from the project's root) and title of every page, in Streamlit's order."""
    files = sorted((ROOT / "pages").glob("*.py"))
    return [
        ("streamlit_app.py", "Overview"),
        *((f"pages/{file.name}", file.stem.lstrip("0123456789").strip("_- ").replace("_", " ")) for file in files),
    ]


def path_of(title: str) -> str:
    """Return the path of the page called ``title``."""
    return next(path for path, other in pages() if other == title)


def sentence(text: str) -> str:
    """Capitalise a message, unless it starts with a name.

    >>> sentence("the model cat is damaged"), sentence("cat.jpg: is not a picture")
    ('The model cat is damaged', 'cat.jpg: is not a picture')
    """
    return text[:1].upper() + text[1:] if text.startswith(("the ", "there ")) else text


def escape_markdown(text: str) -> str:
    """Escape ``text`` for Markdown, and bytes of file names that are not text, which no page can hold."""
    return re.sub(r"([\\`*_\[\]<>$~:#|])", r"\\\1", text.encode("utf-8", "backslashreplace").decode())
