"""The downloads of a model: weights, OpenVINO, ONNX. Exports take time, so they are made on request."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from configs import installed
from configs.errors import UserError
from models.inference import deployment, export, quantised
from models.inference.formats import TITLES, Format
from models.runs import weights
from models.runs.run import BETWEEN, Run
from pages.shared.content.loaded_models import weights_digest
from pages.shared.ui import cli_commands
from pages.shared.ui.layout import escape_markdown

HALF_FULL_SECONDS = 15
"""Time after which the progress bar of an export is half full; the real duration depends on the computer."""
logger = logging.getLogger("segdeck.dashboard")


@dataclass
class Job:
    """An export in the background: ``problem`` says why it failed, ``done`` whether it has ended, failed or not."""

    stop: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.monotonic)
    problem: str = ""
    done: bool = False

    def run(self, run: Run, form: Format) -> None:
        """Export a run, and keep the problem if that fails."""
        try:
            export.export(run, form, self.stop)
        except UserError as error:
            self.problem = str(error)
        except Exception:
            logger.exception("%s could not be exported", run.name)
            self.problem = "The export failed because of an error in SegDeck. The server's log has the details."
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
    if run.precision is None:
        _files(name, run)
    else:
        _int8_file(name, run)
    st.header("How to call it", anchor=False)
    for heading, text in deployment.facts(run).items():
        st.markdown(f"- **{heading.capitalize()}**: {escape_markdown(text)}")
    forms: list[Format] = ["openvino", "onnx"] if run.precision is None else ["openvino"]
    for form, tab in zip(forms, st.tabs([f"With {TITLES[form]}" for form in forms]), strict=True):
        tab.code(deployment.snippet(run, form), language="python")
    st.caption("Or with SegDeck, for whole folders:")
    st.code(cli_commands.predict(run), language="bash")


def _adjustment(run: Run) -> str:
    """Return a sentence on what is done to a run's logits, which its weights alone lack; empty if nothing is."""
    found = run.calibration
    if found is None or not found.facts():
        return ""
    steps = [f"adds {value:g} to the logit of {escape_markdown(name)}" for name, value in found.offsets.items()]
    if found.temperature != 1:
        steps.append(f"divides the logits by {found.temperature:.3f}")
    return f" SegDeck {' and then '.join(steps)} (`train.calibrate`)."


def _files(name: str, run: Run) -> None:
    """Draw the downloads of a run itself."""
    openvino = partial(export.using, run, "openvino", partial(deployment.bundle, run, name))
    onnx = partial(export.using, run, "onnx", lambda folder: (folder / "model.onnx").read_bytes())
    told = _adjustment(run)
    with _row(
        "Keras weights",
        "For `keras.Model.load_weights`, with the network that the config describes: convolution kernels in float16, "
        f"the rest in float32, no optimizer.{told}",
    ):
        _button(run, "weights", f"{name}.weights.h5", run.weights.read_bytes)
    with _row(
        "OpenVINO",
        "The network alone, in float32, for OpenVINO on any device: `float32.xml`, `float32.bin`, and a README.txt "
        "that describes its input and output and has an example program.",
    ):
        _export(run, "openvino", f"{name}_openvino.zip", openvino)
    with _row(
        "ONNX",
        "The network alone, in float32, for ONNX Runtime and anything else that reads ONNX. The file's metadata, and "
        "the section below, say how to call it.",
    ):
        _export(run, "onnx", f"{name}.onnx", onnx)


def _int8_file(name: str, run: Run) -> None:
    """Draw the download of a run in int8, which is made of its float32 graph."""
    plain = run.in_precision(None)
    with _row(
        "OpenVINO",
        "The network alone, in int8, for OpenVINO on any device: `int8.xml`, `int8.bin`, and a README.txt that "
        "describes its input and output and has an example program. The weights and the network in float32 are with "
        f"{escape_markdown(plain.name)}.",
    ):
        file = f"{name.replace(BETWEEN, '_')}_openvino.zip"
        _export(plain, "openvino", file, partial(quantised.using, run, partial(deployment.bundle, run, name)))


def _row(title: str, about: str) -> DeltaGenerator:
    """Draw what a download is, and return the container for its button."""
    left, right = st.container(border=True).columns([3, 1], gap="medium", vertical_alignment="center")
    left.markdown(f"**{title}**  \n{about}")
    return right


def _button(run: Run, key: str, file: str, content: Callable[[], bytes]) -> None:
    """Draw a download; it is disabled during an export, because the reruns that show progress drop unfinished ones."""
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
        help="Available again as soon as the other file is ready." if busy else file,
    )


def _export(run: Run, form: Format, file: str, content: Callable[[], bytes]) -> None:
    """Draw the download of an export, its progress, or the button that starts it."""
    digest = weights_digest(run)
    job = _jobs().get((digest, form))
    if job is not None and not job.done:
        _progress(digest, form)
    elif export.is_exported(run, form):
        _button(run, form, file, content)
    else:
        lacking = installed.lacking(f"The export to {TITLES[form]}", *export.PACKAGES[form])
        if lacking:
            st.caption(f"{lacking}.")
        if job is not None and job.problem:
            st.error(escape_markdown(job.problem), icon=":material/error:")
        st.button(
            f"Prepare {TITLES[form]}",
            key=f"models_prepare_{form}",
            icon=":material/build:",
            width="stretch",
            on_click=_start,
            args=(digest, run, form),
            disabled=bool(lacking),
            help="Takes between a few seconds and a minute, once. Then the download appears here.",
        )


def _start(digest: str, run: Run, form: Format) -> None:
    """Start an export unless it is running already; forget the finished ones, whose files exist."""
    jobs = _jobs()
    if (running := jobs.get((digest, form))) and not running.done:
        return
    for key, job in list(jobs.items()):
        if job.done and not job.problem:
            jobs.pop(key, None)
    jobs[digest, form] = job = Job()
    _threads().submit(job.run, run, form)


@st.fragment(run_every=1.0)
def _progress(digest: str, form: Format) -> None:
    """Draw how long an export has been running, and a button that stops it; rerun the page when it has ended."""
    job = _jobs().get((digest, form))
    if job is None or job.done:
        st.rerun()
    seconds = time.monotonic() - job.started
    action = "Stopping" if job.stop.is_set() else "Preparing"
    st.progress(seconds / (seconds + HALF_FULL_SECONDS), f"{action}: {seconds:.0f} s")
    st.button("Stop", key=f"models_stop_{form}", icon=":material/stop:", on_click=job.stop.set, width="stretch")


@st.cache_data(max_entries=64, show_spinner=False)
def _verify(digest: str, _run: Run) -> None:
    """Check the files of a published model before offering any of them, once for each set of weights."""
    weights.verify(_run.path)
