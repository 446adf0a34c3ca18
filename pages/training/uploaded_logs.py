"""The logs that a visitor has uploaded, kept when the visitor changes pages."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.upload_limits import FILE_MB
from pages.shared.ui.uploader import uploader
from pages.training import log_import
from pages.training.curves import AXES, TrainingCurves

MAX_LOGS = 20
logger = logging.getLogger("segdeck.dashboard")
FILES, FOLDER = "Files", "Folder"
_SUFFIX = " (uploaded)"
CHOSEN = "training_uploaded"
"""Key of the choice among the uploaded logs. It is not in the page's address: only this visitor has them."""


@dataclass
class UploadedLogs:
    """The uploaded logs of one visitor by name, and a sentence per file of the last upload that was not added.

    The ``count`` of uploads so far is part of the uploader's key, so that the next one starts empty.
    """

    curves: dict[str, TrainingCurves] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, files: Sequence[UploadedFile]) -> None:
        """Read uploaded files; a log replaces an earlier one of the same name only if it goes on from it."""
        read, self.problems = _read(files)
        earlier = dict(self.curves)
        for curves in read:
            old = earlier.get(f"{curves.name}{_SUFFIX}")
            if old is not None and _goes_on(old, curves):
                self.curves[old.name] = replace(curves, name=old.name)
            elif len(self.curves) >= MAX_LOGS:
                self.problems.append(f"{curves.name} was not added: the limit is {MAX_LOGS} logs; remove some first.")
            else:
                (named,) = log_import.distinct([curves], [name.removesuffix(_SUFFIX) for name in self.curves])
                name = f"{named.name}{_SUFFIX}"
                self.curves[name] = replace(named, name=name)
        if CHOSEN in st.session_state:  # else all are chosen
            st.session_state[CHOSEN] += [name for name in self.curves if name not in earlier]
        self.count += 1

    def clear(self) -> None:
        """Remove all logs."""
        self.curves, self.problems = {}, []


def _goes_on(old: TrainingCurves, new: TrainingCurves) -> bool:
    """Return whether a log has all rows of an earlier one and perhaps more, as one that is uploaded again."""
    return all(
        old.by(axis).equals(new.by(axis).reindex(columns=old.by(axis).columns).head(len(old.by(axis)))) for axis in AXES
    )


def _read(files: Sequence[UploadedFile]) -> tuple[list[TrainingCurves], list[str]]:
    """Read logs, reporting any exception as a problem: callbacks run outside the page's ``error_boundary``."""
    try:
        return log_import.read([(file.name, file.getvalue()) for file in files])
    except Exception:
        logger.exception("Uploaded logs could not be read")
        names = ", ".join(file.name for file in files)
        return [], [f"{names} could not be read because of an internal error; see the server's log."]


def current_uploads() -> UploadedLogs:
    """Return the logs of the visitor whose page is being drawn."""
    uploads: UploadedLogs = st.session_state.setdefault("uploaded_logs", UploadedLogs())
    return uploads


def draw_uploader(uploads: UploadedLogs) -> None:
    """Draw the uploader, collapsed unless the last upload had problems, and those problems."""
    expanded = bool(uploads.problems)
    with st.expander("Compare with logs from elsewhere", icon=":material/upload_file:", expanded=expanded):
        st.markdown(
            "\n".join(["Drop what a training wrote:", "", *(f"- {form}" for form in log_import.known_formats())])
        )
        st.caption(
            "Curves by step are shown apart from curves by epoch. What a log has besides curves is counted below."
        )
        kind = st.segmented_control(
            "What to upload", [FILES, FOLDER], default=FILES, key="log_kind", label_visibility="collapsed"
        )
        uploader(
            "Logs",
            f"logs_{uploads.count}_{kind}",
            uploads.add,
            accept_multiple_files="directory" if kind == FOLDER else True,
            max_upload_size=FILE_MB,
            label_visibility="collapsed",
        )
        if uploads.curves:
            st.button("Remove all uploaded logs", on_click=uploads.clear, type="tertiary", icon=":material/delete:")
    for problem in uploads.problems:
        st.error(escape_markdown(problem), icon=":material/error:")
