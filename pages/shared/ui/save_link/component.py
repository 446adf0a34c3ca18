"""The link that saves a file of this visit."""

from pathlib import Path

from pages.shared.ui import assets
from pages.shared.ui.private_files import PrivateFile

_mount = assets.component(Path(__file__).parent)


def save_link(label: str, file: PrivateFile, key: str) -> None:
    """Draw a link that looks like a primary button; ``key`` identifies it on the page."""
    _mount(key=key, data={"label": label, "address": file.address})
