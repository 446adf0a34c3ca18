"""The view that writes a report on the chosen models, to be saved and handed on."""

import contextlib
import io
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from configs import paths
from pages.shared.content.scores import Scores
from pages.shared.ui import cli_commands, telling
from pages.shared.ui.charts import Style
from pages.shared.ui.layout import escape_markdown, sentence
from pages.shared.ui.page_state import PageState
from pages.shared.ui.private_files import PrivateFile, private_file
from pages.shared.ui.save_link.component import save_link

_KEY, _REQUESTED = "report", "report_requested"
_PROBLEM = "why the report could not be written"
POLL_SECONDS = 0.2
_WRITING = threading.Lock()
"""Held while a report is written: two at once would share the processor and the memory."""


@dataclass(frozen=True)
class Prepared:
    """A report that is ready to be saved; those with equal ``contents`` differ only in their dates."""

    contents: Hashable
    file: PrivateFile


def draw(_state: PageState, shown: Sequence[Scores], _styles: Mapping[str, Style]) -> None:
    """Draw what a report may say, and the button that writes it or, once it is ready, saves it."""
    st.caption(
        "One HTML file that needs no network: which model is better and how sure that is, leaderboard, classes, "
        "curves, settings, and the pictures that each model does worst and best on. It prints well."
    )
    question = st.text_input(
        "What it answers", key="report_question", placeholder="Which model is better?", max_chars=200, width=520
    )
    licence = shown[0].run.dataset.licence if shown[0].is_own else ""
    pictures = st.checkbox(
        "Show pictures in any case",
        key="report_pictures",
        help=escape_markdown(
            "Without this, pictures are shown only if the licence of the dataset lets everybody pass them on"
            + (f" ({licence})." if licence else ".")
        ),
    )
    arguments = cli_commands.report_arguments(
        [one.run for one in shown], shown[0].dataset, shown[0].split, question=question.strip(), pictures=pictures
    )
    contents = (*arguments, *((one.stored.weights, one.stored.date) for one in shown))
    prepared: Prepared | None = st.session_state.get(_KEY)
    if prepared and prepared.contents == contents:
        save_link(f"Save the report ({prepared.file.size / 1e3:.0f} kB)", prepared.file, "report_save")
        return
    st.session_state.pop(_KEY, None)
    if problem := telling.pending(_PROBLEM):
        st.error(escape_markdown(sentence(problem)), icon=":material/error:")
    if st.session_state.pop(_REQUESTED, False):
        _write(arguments, contents, f"segdeck_report_{shown[0].dataset}_{shown[0].split}.html")
    else:
        request = {_REQUESTED: True}
        st.button(
            "Write the report",
            key="report_write",
            type="primary",
            icon=":material/description:",
            on_click=lambda: st.session_state.update(request),
        )


def _write(arguments: Sequence[str], contents: Hashable, name: str) -> None:
    """Write the report in a process of its own, which ends with this run of the script; then draw the page again."""
    slot = st.empty()
    with slot.container(gap="small"), tempfile.TemporaryDirectory() as folder:
        progress = st.progress(0.0, "Writing the report; its pictures are predicted for it")
        st.button("Stop", key="report_stop", icon=":material/stop_circle:")
        path, said = Path(folder) / "report.html", Path(folder) / "said.txt"
        with said.open("w") as stderr, contextlib.ExitStack() as ending:
            while not _WRITING.acquire(timeout=POLL_SECONDS):
                progress.progress(0.0, "Waiting for another visitor's report")
            ending.callback(_WRITING.release)
            child = subprocess.Popen(
                [sys.executable, *arguments, "--output", str(path)],
                cwd=paths.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
            ending.callback(child.wait)
            ending.callback(child.kill)
            started = time.monotonic()
            while child.poll() is None:
                time.sleep(POLL_SECONDS)
                waited = time.monotonic() - started
                progress.progress(waited / (waited + 20), "Writing the report; its pictures are predicted for it")
        if child.returncode:
            last = (said.read_text(errors="replace").strip().splitlines() or ["no reason was given"])[-1]
            telling.tell(_PROBLEM, f"The report could not be written: {last.removeprefix('error: ')}")
        else:
            content = path.read_bytes()
            file = private_file(name, "text/html", io.BytesIO(content), len(content))
            st.session_state[_KEY] = Prepared(contents, file)
    st.rerun()
