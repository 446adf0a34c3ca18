"""The video of the comparison, played on the page; only this visit can fetch it."""

from pathlib import Path

from pages.shared.ui import assets
from pages.shared.ui.private_files import PrivateFile

_mount = assets.component(Path(__file__).parent)


def comparison_video(file: PrivateFile, about: str, key: str, seconds: float | None = None) -> None:
    """Draw the video with the browser's own controls.

    Args:
        file: The clip.
        about: What it shows, for those who cannot see it.
        key: Identifies it on the page.
        seconds: Where to go if this has changed since it was last drawn; None leaves it where it is.
    """
    _mount(key=key, data={"address": file.address, "about": about, "seconds": seconds})
