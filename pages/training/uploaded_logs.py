"""The logs that a visitor has brought along; they outlive a change of page."""

import logging
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from pages.shared.ui.layout import escape_markdown
from pages.training import log_import
from pages.training.curves import Curves

MAX_LOGS = 20
_KEY = "uploaded_logs"
logger = logging.getLogger("segdeck.dashboard")

FILES, FOLDER = "Files", "Folder"


@dataclass
class UploadedLogs:
    """One visitor's logs.

    Attributes:
        curves: Name to curves, in the order of arrival.
        problems: One sentence for each file of the last upload that holds no curves.
        round: Grows with every upload, so that the next uploader starts empty.
    """

    curves: dict[str, Curves] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    round: int = 0

    def take(self, files: list[Any]) -> None:
        """Read uploaded files; a log of a name that is there already replaces it."""
        found, self.problems = _read(files)
        for one in found:
            name = f"{one.name} (uploaded)"
            if len(self.curves) >= MAX_LOGS and name not in self.curves:
                self.problems.append(f"{one.name} was left out: {MAX_LOGS} logs at once are the limit; remove some.")
            else:
                self.curves[name] = replace(one, name=name)
        self.round += 1

    def clear(self) -> None:
        """Forget all logs."""
        self.curves, self.problems = {}, []


def _read(files: list[Any]) -> tuple[list[Curves], list[str]]:
    """Read logs as ``logs.read`` does; it runs before the page is drawn, where no ``boundary`` would tell an error."""
    try:
        return log_import.read([(file.name, file.getvalue()) for file in files])
    except Exception:
        logger.exception("Uploaded logs could not be read")
        names = ", ".join(file.name for file in files)
        return [], [f"{names} could not be read because of an error in SegDeck. The server's log has the details."]


def uploaded_logs() -> UploadedLogs:
    """Return the logs of the visitor whose page is being drawn."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = UploadedLogs()
    found = st.session_state[_KEY]
    assert isinstance(found, UploadedLogs)
    return found


def uploader(held: UploadedLogs) -> None:
    """Draw the uploader, closed at first, and what became of the last upload."""
    with st.expander("Compare with logs from elsewhere", icon=":material/upload_file:", expanded=bool(held.problems)):
        st.markdown(
            "A Keras `CSVLogger` file, TensorBoard event files or the whole folder they are in, an Ultralytics "
            "`results.csv`, or the `history.csv` of a run."
        )
        kind = st.segmented_control(
            "What to upload", [FILES, FOLDER], default=FILES, key="log_kind", label_visibility="collapsed"
        )
        key = f"logs_{held.round}_{kind}"
        st.file_uploader(
            "Logs",
            accept_multiple_files="directory" if kind == FOLDER else True,
            key=key,
            on_change=lambda: held.take(st.session_state[key]),
            label_visibility="collapsed",
        )
        if held.curves:
            st.button("Remove all uploaded logs", on_click=held.clear, type="tertiary", icon=":material/delete:")
    for problem in held.problems:
        st.error(escape_markdown(problem), icon=":material/error:")
