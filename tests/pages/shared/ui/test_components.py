"""What holds for the HTML of every component in the browser."""

import re
from pathlib import Path

import pytest

from configs.paths import ROOT

FILES = sorted((ROOT / "pages").rglob("*.html"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_changes_all_the_time_is_not_read_out(path: Path):
    """An ``output`` is announced at each change unless it says otherwise; sliders tell their value themselves."""
    for tag in re.findall(r"<output[^>]*>", path.read_text(encoding="utf-8")):
        assert 'aria-live="off"' in tag


def test_there_are_components():
    assert len(FILES) >= 7
