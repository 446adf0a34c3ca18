"""Trainings of one config with several seeds: the mean and the spread of their scores."""

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from models.metrics.seeds import Spread, config_key, within
from models.runs.run import BETWEEN, Run
from pages.shared.content.scores import Scores
from pages.shared.ui import tables
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.text import few

MOST_REMARKS = 5


def draw(scored: Sequence[Scores]) -> None:
    """Draw the table of the configs that were trained with several seeds, if there are some, and what it says."""
    by_images = spreads_of(scored)
    several = [one for spreads in by_images.values() for one in spreads if len(one.values) > 1]
    if not several:
        return
    st.subheader("Seeds", anchor=False)
    number = st.column_config.NumberColumn
    spread = "How much the mIoU varies from training to training of the same config: the standard deviation over seeds."
    columns = {
        "Config": st.column_config.TextColumn(help="Runs whose configs differ in nothing but seed and name."),
        "Seeds": number(help="Trainings with the same seed count once, with their mean."),
        "mIoU": number(format="%.3f", help="Mean over the seeds."),
        "± sd": number(format="%.4f", help=spread),
        "Lowest": number(format="%.3f"),
        "Highest": number(format="%.3f"),
    }
    tables.show(table(several), column_config=columns, alt="mIoU over seeds by config")
    remarks = [escape_markdown(one.sentence()) for spreads in by_images.values() for one in within(spreads)]
    if remarks:
        more = [f"and {len(remarks) - MOST_REMARKS} more"] if len(remarks) > MOST_REMARKS else []
        st.info("  \n".join([*remarks[:MOST_REMARKS], *more]), icon=":material/casino:")


def spreads_of(scored: Sequence[Scores]) -> dict[str, list[Spread]]:
    """Group scores on one split by config, those on the same images by the digest of these.

    The runs of one config are one spread, any other model is one with a single value.
    """
    members: dict[tuple[str, str, str], list[Scores]] = {}
    for one in scored:
        if math.isnan(one.summary["miou"]):
            continue
        config, precision = one.name, "not a run"
        if isinstance(one.run, Run):
            config, precision = config_key(one.run.experiment), one.run.precision or ""
        members.setdefault((one.stored.images.digest, config, precision), []).append(one)
    found: dict[str, list[Spread]] = {}
    for (digest, _config, _precision), group in members.items():
        found.setdefault(digest, []).append(_spread(group))
    return found


def table(spreads: Sequence[Spread]) -> pd.DataFrame:
    """Return one row per config that was trained with several seeds."""
    return pd.DataFrame(
        [
            {"Config": one.name, "Seeds": len(one.values), "mIoU": one.mean, "± sd": one.deviation,
             "Lowest": min(one.values), "Highest": max(one.values)}
            for one in spreads
        ]
    )  # fmt: skip


def _spread(group: Sequence[Scores]) -> Spread:
    """Return the spread of scores of one config."""
    by_seed: dict[int, list[float]] = {}
    for one in group:
        seed = one.run.experiment.train.seed if isinstance(one.run, Run) else 0
        by_seed.setdefault(seed, []).append(one.summary["miou"])
    return Spread.of(group[0].name if len(by_seed) < 2 else _config_name(group), by_seed)


def _config_name(group: Sequence[Scores]) -> str:
    """Return the name that the configs have in common, or else those of the runs, and the precision."""
    runs = [one.run for one in group if isinstance(one.run, Run)]
    names = {run.experiment.name for run in runs}
    if len(names) > 1:
        return few(sorted(one.name for one in group), 3)
    return names.pop() + (f"{BETWEEN}{runs[0].precision}" if runs[0].precision else "")
