"""Watch what programs send to other computers."""

import os
from pathlib import Path

from configs.paths import ROOT


def watched(home: Path) -> tuple[dict[str, str], Path]:
    """Return the environment of a program to watch, and the file in which it notes what it sends.

    ``home`` is an empty folder: what the programs we use have been told about reporting, or by CI, does not count.
    """
    outgoing = home / "outgoing.txt"
    outgoing.touch()
    path = os.pathsep.join([str(Path(__file__).parent), str(ROOT)])
    return {"PYTHONPATH": path, "SEGDECK_TEST_OUTGOING": str(outgoing), "HOME": str(home), "CI": ""}, outgoing
