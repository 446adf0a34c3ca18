"""Serve a script as ``streamlit run`` does, and write the names of the loaded modules to a file on SIGUSR1.

``SEGDECK_TEST_GRACE`` shortens the seconds for which a visit is kept after its page was closed, and
``SEGDECK_TEST_IDLE`` those for which a page that sends no frames keeps its place.
"""

import os
import signal
import sys
from pathlib import Path

from streamlit.web import cli

from pages.server import live_turns, visits


def write_modules(*_: object) -> None:
    target = Path(os.environ["SEGDECK_TEST_MODULES"])
    partial = target.with_suffix(".partial")
    partial.write_text("\n".join(sorted(sys.modules)))
    partial.replace(target)


visits.GRACE = int(os.environ.get("SEGDECK_TEST_GRACE", visits.GRACE))
live_turns.IDLE_SECONDS = int(os.environ.get("SEGDECK_TEST_IDLE", live_turns.IDLE_SECONDS))
signal.signal(signal.SIGUSR1, write_modules)
cli.main(["run", *sys.argv[1:]])
