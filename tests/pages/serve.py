"""Serve a script as ``streamlit run`` does, and write the names of the loaded modules to a file on SIGUSR1."""

import os
import signal
import sys
from pathlib import Path

from streamlit.web import cli


def write_modules(*_: object) -> None:
    target = Path(os.environ["SEGDECK_TEST_MODULES"])
    partial = target.with_suffix(".partial")
    partial.write_text("\n".join(sorted(sys.modules)))
    partial.replace(target)


signal.signal(signal.SIGUSR1, write_modules)
cli.main(["run", *sys.argv[1:]])
