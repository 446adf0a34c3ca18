"""The table of all models, published and local."""

import contextlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from models.runs.evaluation import SplitScores
from models.runs.model import Model
from pages.shared.content import latency
from pages.shared.content.run_names import runs_by_name
from pages.shared.content.scores import is_current

SPLIT = "val"
"""The split whose scores the table shows."""
SPEED = "Speed here (ms)"

_COLUMNS = ["Model", "Dataset", "Network", "Input", "Parameters", "Size (MB)", "mIoU", "Pixel accuracy", SPEED, "State"]
_NUMBERS = ["Parameters", "Size (MB)", "mIoU", "Pixel accuracy", SPEED]


def model_table(runs: Sequence[Model]) -> pd.DataFrame:
    """Return one row per run; unknown values are missing, never 0."""
    speeds = latency.measured_here()
    rows = [_row(name, run, speeds.of(run)) for name, run in runs_by_name(runs).items()]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.astype(dict.fromkeys(_NUMBERS, float))  # so that empty columns sort, too


def columns() -> dict[str, Any]:
    """Return the format and the help text of the columns."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "Model": text(help="Also its name on the command line."),
        "Dataset": text(help="Dataset it was trained on, which determines the classes it knows."),
        "Network": text(help="The architecture, as named in the config."),
        "Input": text(help="Height × width of the picture that the network sees, in pixels."),
        "Parameters": number(format="localized", help="Numbers in the weight file, batch statistics included."),
        "Size (MB)": number(format="%.1f", help="Size of the weight file, or of the int8 network, in 10⁶ bytes."),
        "mIoU": number(
            f"mIoU ({SPLIT})",
            format="%.3f",
            help=f"On the {SPLIT} split: intersection over union, pooled over all pictures at the masks' own size, "
            "averaged over the scored classes that occur in the split. 1 is perfect.",
        ),
        "Pixel accuracy": number(
            f"Pixel accuracy ({SPLIT})",
            format="%.3f",
            help=f"On the {SPLIT} split: share of the scored pixels with the right class. 1 is perfect.",
        ),
        SPEED: number(format="%.1f", help=latency.about(latency.measured_here())),
        "State": text(help="Published models come with SegDeck; the others were trained here."),
    }


def scores(run: Model) -> SplitScores | None:
    """Return the scores on the split, or None if the run was not scored with its present weights."""
    found = run.scores(SPLIT)
    return found if found and run.is_ready and is_current(run, found) else None


def subsets(run: Model) -> dict[str, float]:
    """Return the mean IoU over each subset of classes that the run's config names, where it is known."""
    found = scores(run)
    values = found.subsets if found else {}
    return {name: value for name in run.subsets if (value := values.get(name)) is not None}


def _row(name: str, run: Model, time: float | None) -> dict[str, Any]:
    found = scores(run)
    size, digest = None, run.digest_if_ready()
    with contextlib.suppress(OSError):  # the weights may go away meanwhile
        size = run.size_bytes() if digest else None
    return {
        "Model": name,
        "Dataset": run.dataset.title,
        "Network": run.network,
        "Input": " × ".join(map(str, run.input_size or ["–"])),
        "Parameters": _parameters(digest, run) if digest else None,
        "Size (MB)": None if size is None else size / 1e6,
        "mIoU": found.miou if found else None,
        "Pixel accuracy": found.pixel_accuracy if found else None,
        SPEED: time,
        "State": run.state,
    }


@st.cache_data(max_entries=256, show_spinner=False)
def _parameters(digest: str, _run: Model) -> int | None:
    return _run.parameters()
