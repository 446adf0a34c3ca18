"""The browser side of the pages' own components: plain files, joined without a build step."""

from pathlib import Path

FOLDER = Path(__file__).parent


def read(*paths: str) -> str:
    """Return files of this folder as one text, in the order given.

    A component's JavaScript is one module for Streamlit. Joining keeps its parts in files of their own.
    """
    return "\n".join((FOLDER / path).read_text(encoding="utf-8") for path in paths)
