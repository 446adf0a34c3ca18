"""What can be taken away of a model: weights, OpenVINO, ONNX; what takes time is made when it is asked for."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import streamlit as st

from configs.errors import UserError
from models.inference import deployment, export
from models.inference.formats import TITLES, Format
from models.runs import weights
from models.runs.run import Run
from pages.shared.content.predictions import weights_digest
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown

HALF = 15
"""Seconds after which the bar of an export is half full: how long one takes depends on the computer."""

logger = logging.getLogger("segdeck.dashboard")


@dataclass
class Job:
    """An export that goes on beside the pages.

    Attributes:
        stop: Ends it when it is set.
        started: When it began, in seconds of ``time.monotonic``.
        problem: Why it failed, as soon as that is known.
        done: Whether it has ended, one way or the other.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)
    problem: str = ""
    done: bool = False

    def run(self, run: Run, form: Format) -> None:
        """Do the work."""
        try:
            export.export(run, form, self.stop)
        except UserError as error:
            self.problem = str(error)
        except Exception:
            logger.exception("%s could not be exported", run.name)
            self.problem = "It could not be made because of an error in SegDeck. The server's log has the details."
        finally:
            self.done = True


@st.cache_resource
def _jobs() -> dict[tuple[str, Format], Job]:
    """Return the exports of all visitors, by weights and format."""
    return {}


@st.cache_resource
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="export")


def draw(name: str, run: Run) -> None:
    """Draw the downloads of a run with weights."""
    if run.published:
        _verify(weights_digest(run), run)
    _row(
        "Keras weights",
        "What `keras.Model.load_weights` reads, for the network that the config describes: convolution kernels in "
        "float16, the rest in float32, no optimizer.",
        lambda: _button(run, "weights", f"{name}.weights.h5", run.weights.read_bytes),
    )
    _row(
        "OpenVINO",
        "The network alone, in float32, for OpenVINO on any device: `float32.xml`, `float32.bin`, and a README.txt "
        "with its input, output and a program.",
        lambda: _prepared(name, run, "openvino"),
    )
    _row(
        "ONNX",
        "The network alone, in float32, for ONNX Runtime and all that reads ONNX. How to call it stands in the file's "
        "metadata and below.",
        lambda: _prepared(name, run, "onnx"),
    )
    st.header("How to call it", anchor=False)
    for heading, text in deployment.facts(run).items():
        st.markdown(f"- **{heading.capitalize()}**: {escape_markdown(text)}")
    formats: tuple[Format, ...] = ("openvino", "onnx")
    for form, tab in zip(formats, st.tabs([f"With {TITLES[form]}" for form in formats]), strict=True):
        tab.code(deployment.snippet(run, form), language="python")
    st.caption("Or with SegDeck, for whole folders:")
    st.code(cli_commands.predict(run), language="bash")


def _row(title: str, about: str, button: Callable[[], None]) -> None:
    with st.container(border=True):
        left, right = st.columns([3, 1], gap="medium", vertical_alignment="center")
        left.markdown(f"**{title}**  \n{about}")
        with right:
            button()


def _button(run: Run, key: str, file: str, content: Callable[[], bytes]) -> None:
    """Draw a download, which waits while an export is watched: Streamlit tidies away unfinished ones at every look."""
    busy = any(not job.done for (digest, _), job in list(_jobs().items()) if digest == weights_digest(run))
    st.download_button(
        "Download",
        data=content,
        file_name=file,
        mime="application/octet-stream",
        key=f"models_download_{key}",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
        disabled=busy,
        help="Here again as soon as the other file is ready." if busy else file,
    )


def _prepared(name: str, run: Run, form: Format) -> None:
    """Draw the download of an export, or what makes it."""
    digest = weights_digest(run)
    job = _jobs().get((digest, form))
    if job is not None and not job.done:
        _progress(digest, form)
    elif export.is_exported(run, form, digest):
        made = {"openvino": (f"{name}_openvino.zip", _zip), "onnx": (f"{name}.onnx", _onnx)}
        file, content = made[form]
        _button(run, form, file, lambda: content(run, name))
    else:
        if job is not None and job.problem:
            st.error(escape_markdown(job.problem), icon=":material/error:")
        st.button(
            f"Prepare {TITLES[form]}",
            key=f"models_prepare_{form}",
            icon=":material/build:",
            width="stretch",
            on_click=_start,
            args=(digest, run, form),
            help="Takes from some seconds to a minute, once; then the download is here.",
        )


def _start(digest: str, run: Run, form: Format) -> None:
    """Begin an export, unless another visitor has begun it just now; forget those whose files are there."""
    jobs = _jobs()
    begun = jobs.get((digest, form))
    if begun is not None and not begun.done:
        return
    for key, job in list(jobs.items()):
        if job.done and not job.problem:
            jobs.pop(key, None)
    jobs[digest, form] = begun = Job()
    _threads().submit(begun.run, run, form)


@st.fragment(run_every=1.0)
def _progress(digest: str, form: Format) -> None:
    """Draw how long an export has been going on, and what stops it; draw the page anew when it is over."""
    job = _jobs().get((digest, form))
    if job is None or job.done:
        st.rerun()
    seconds = time.monotonic() - job.started
    doing = "Stopping" if job.stop.is_set() else "Preparing"
    st.progress(seconds / (seconds + HALF), f"{doing}: {seconds:.0f} s")
    st.button("Stop", key=f"models_stop_{form}", icon=":material/stop:", on_click=job.stop.set, width="stretch")


def _zip(run: Run, name: str) -> bytes:
    return deployment.bundle(run, name, export.exported(run))


def _onnx(run: Run, name: str) -> bytes:
    return export.exported_onnx(run).read_bytes()


@st.cache_data(max_entries=64, show_spinner=False)
def _verify(digest: str, _run: Run) -> None:
    """Check a published model's files once for each set of weights, before any of them is handed out."""
    weights.verify(_run.path)
