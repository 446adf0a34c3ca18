"""The view of scenarios: scores over groups of images, and whether the order of the models turns over between them."""

import textwrap
from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from configs import column_names
from configs.errors import UserError
from models.metrics.bootstrap import RESAMPLES, ImageCounts
from models.metrics.scenarios import FEWEST, Differences, Group, GroupScore, Turnover, differences, turnovers
from pages.evaluation import scenario_choice
from pages.evaluation.scenario_choice import Choice, Scenario
from pages.shared.content.scores import Scores
from pages.shared.ui import charts, tables
from pages.shared.ui.charts import FAINT, Style, lay_out, literal
from pages.shared.ui.layout import escape_markdown, sentence
from pages.shared.ui.page_state import PageState
from pages.shared.ui.text import listed

LONGEST_LINE = 22
"""Characters of a line of a group's name beside the chart; longer ones leave it no room on a phone."""
MOST_OWN = 16
"""Results over uploaded columns that a visit keeps."""
OWN = ("Group", "Range", "Images")
"""The columns of the table of groups besides one for each model."""
GroupScores = Mapping[str, Sequence[GroupScore]]
"""The scores of each model, group by group."""


def draw(state: PageState, shown: Sequence[Scores], styles: Mapping[str, Style]) -> None:
    """Draw the choice of a scenario and the scores of the models in its groups."""
    place = st.container()
    choice = scenario_choice.offered(shown[0])
    with place:
        scenario = _choose(state, choice)
    counts = aligned(shown)
    if others := [one.name for one in shown if one.name not in counts]:
        told = f"Left out, as scored on other images than {shown[0].name}: {listed(others)}."
        st.info(escape_markdown(told), icon=":material/balance:")
    if scenario is None:
        return
    if not scenario.groups:
        st.info("No image has such a value.", icon=":material/search_off:")
        return
    try:
        with st.spinner("Resampling the images of each group"):
            scores, found = _results(counts, scenario)
    except UserError as error:
        st.info(escape_markdown(sentence(str(error))), icon=":material/balance:")
        return
    _say(scenario, list(counts), found)
    _show(scenario, scores, styles, shown[0].split)


def _choose(state: PageState, choice: Choice) -> Scenario | None:
    """Draw the choice of the scenario; None if its photographs can't be measured."""
    title = st.segmented_control(
        "Group the images by", choice.titles, required=True, wrap=True, format_func=escape_markdown,
        **state.widget("scenario", choice.titles[0], choice.titles),
    )  # fmt: skip
    if choice.problem:
        told = f"Groups by what the photographs look like are not offered: {choice.problem}"
        st.info(escape_markdown(sentence(told)), icon=":material/image_not_supported:")
    try:
        scenario = choice.scenario(title)
    except UserError as error:
        st.error(escape_markdown(sentence(str(error))), icon=":material/error:")
        return None
    unit = f" In {scenario.unit}." if scenario.unit else ""
    told = f"{scenario.title}: how the images are grouped"
    st.caption(escape_markdown(told), help=escape_markdown(f"{scenario.about}{unit}"))
    if without := len(choice.counts.ids) - scenario.grouped:
        st.caption(f"{without:,} of the images have no such value and are in no group.")
    return scenario


def aligned(shown: Sequence[Scores]) -> dict[str, ImageCounts]:
    """Return the counts of the models that were scored on the images of the first, in its order, by their names."""
    first, found = shown[0].counts, {}
    for one in shown:
        counts = one.counts
        if counts.digest != first.digest or counts.classes != first.classes:
            continue
        if counts.ids != first.ids:
            if sorted(counts.ids) != sorted(first.ids):
                continue
            position = {image: index for index, image in enumerate(counts.ids)}
            counts = counts.subset([position[image] for image in first.ids])
        found[one.name] = counts
    return found


Results = tuple[dict[str, list[GroupScore]], list[Turnover]]
"""The scores of each model, group by group, and whose order turns over."""
_OWN = "evaluation_scenario_results"


def results(counts: Mapping[str, ImageCounts], groups: Sequence[Group]) -> Results:
    """Score every model in every group. Raises ``UserError`` if they were not scored on the same images.

    Group by group, because counts keep their resamples, which take megabytes where there are many classes.
    """
    scores: dict[str, list[GroupScore]] = {name: [] for name in counts}
    found: dict[str, Differences] = {}
    for group in groups:
        parts = {name: one.subset(group.indices) for name, one in counts.items()}
        for name, part in parts.items():
            scores[name].append(GroupScore.of(part))
        found[group.name] = differences(group, parts)
    return scores, turnovers(found)


def _results(counts: Mapping[str, ImageCounts], scenario: Scenario) -> Results:
    """Return the results, computed once: for all visitors, but what a visitor uploaded stays in the visit."""
    key = results_key(counts, scenario.groups)
    if not scenario.own:
        return _results_by_key(key, counts, scenario.groups)
    kept: dict[str, Results] = st.session_state.setdefault(_OWN, {})
    if key not in kept:
        kept[key] = results(counts, scenario.groups)
        for old in list(kept)[:-MOST_OWN]:
            del kept[old]
    return kept[key]


def results_key(counts: Mapping[str, ImageCounts], groups: Sequence[Group]) -> str:
    """Return a digest of all that results depend on."""
    key = sha256(repr([(name, one.fingerprint) for name, one in counts.items()]).encode())
    for group in groups:
        key.update(repr((group.name, len(group.indices))).encode() + group.indices.tobytes())
    return key.hexdigest()


@st.cache_data(max_entries=128, show_spinner=False)
def _results_by_key(key: str, _counts: Mapping[str, ImageCounts], _groups: Sequence[Group]) -> Results:
    return results(_counts, _groups)


def _say(scenario: Scenario, names: Sequence[str], found: Sequence[Turnover]) -> None:
    """Say where the order of two models turns over, or that it does not beyond chance."""
    if few := [group.name for group in scenario.groups if group.few]:
        told = f"Fewer than {FEWEST} images, so its scores say little: {listed(few)}."
        st.caption(escape_markdown(told))
    if len(names) < 2:
        return
    for one in found:
        st.success(f"**{escape_markdown(one.sentence())}**", icon=":material/swap_vert:")
    if found:
        return
    if sum(not group.few for group in scenario.groups) < 2:
        told = f"Fewer than two groups have {FEWEST} images or more, so the order of the models can't be compared."
    else:
        told = "No two of these models change places between these groups beyond chance."
    st.info(told, icon=":material/balance:")


def _show(scenario: Scenario, scores: GroupScores, styles: Mapping[str, Style], split: str) -> None:
    """Draw the scores as a chart and as a table."""
    names = list(scores)
    charts.show(
        figure(scenario.groups, scores, styles),
        "evaluation_scenarios",
        f"mIoU of {', '.join(names)} by {scenario.title}",
        lambda: long_table(scenario, scores),
        about=f"mIoU over the pooled pixels of each group's images of the split {split}, averaged over the classes "
        "that the group's truth shows. The 95 % intervals come from a bootstrap over the group's images "
        f"({RESAMPLES} resamples); whether the order of two models turns over is decided by a paired one. The "
        "intervals are not corrected for the number of groups and scenarios looked at. Hollow points: few images.",
    )
    about = "mIoU, in brackets its 95 % interval."
    columns = {title: st.column_config.TextColumn(help=about) for title in column_names.apart(names, OWN)}
    alt = f"mIoU by {scenario.title}"
    tables.show(table(scenario.groups, scores), height="content", column_config=columns, alt=alt)


def figure(groups: Sequence[Group], scores: GroupScores, styles: Mapping[str, Style]) -> go.Figure:
    """Return the mIoU of each model in each group with its interval, the groups from top to bottom."""
    figure = go.Figure()
    step = 0.7 / len(scores)
    for number, (name, own) in enumerate(scores.items()):
        style = styles[name]
        values = np.array([(one.miou, one.low, one.high) for one in own])
        symbols = [f"{style.symbol}-open" if group.few else style.symbol for group in groups]
        about = [f"{literal(group.name)}, {len(group.indices):,} images<br>95 %: {one.low:.3f} to {one.high:.3f}"
                 for group, one in zip(groups, own, strict=True)]  # fmt: skip
        figure.add_scatter(
            x=values[:, 0], y=np.arange(len(groups)) + step * (number - (len(scores) - 1) / 2), mode="markers",
            name=literal(name), text=about,
            error_x={"type": "data", "symmetric": False, "array": values[:, 2] - values[:, 0],
                     "arrayminus": values[:, 0] - values[:, 1], "thickness": 2, "width": 5, "color": style.colour},
            marker={"size": 10, "color": style.colour, "symbol": symbols},
            hovertemplate=f"{literal(name)}<br>%{{text}}<br>mIoU %{{x:.3f}}<extra></extra>",
        )  # fmt: skip
    rows = max(46, 26 * len(scores))
    lay_out(figure, x="mIoU", height=110 + rows * len(groups) + 22 * len(scores))
    ticks = [
        "<br>".join([*map(literal, textwrap.wrap(group.name, LONGEST_LINE, max_lines=3, placeholder=" …")),
                     f"{len(group.indices):,} images"])
        for group in groups
    ]  # fmt: skip
    figure.update_yaxes(
        tickmode="array", tickvals=list(range(len(groups))), ticktext=ticks, range=[len(groups) - 0.5, -0.5],
        showgrid=False,
    )  # fmt: skip
    for line in range(1, len(groups)):
        figure.add_hline(y=line - 0.5, line={"color": FAINT, "width": 1})
    figure.update_layout(legend={"y": -60 / figure.layout.height * 2})
    return figure


def table(groups: Sequence[Group], scores: GroupScores) -> pd.DataFrame:
    """Return one row per group: its name, range, number of images, and the mIoU of each model with its interval.

    A model's column has its name, set apart from ``OWN``.
    """
    found = pd.DataFrame({"Group": [group.name for group in groups]})
    if any(group.range for group in groups):
        found["Range"] = [group.range for group in groups]
    found["Images"] = [f"{len(group.indices):,}{' (few)' if group.few else ''}" for group in groups]
    for title, own in zip(column_names.apart(list(scores), OWN), scores.values(), strict=True):
        found[title] = [
            "–" if np.isnan(one.miou) else f"{one.miou:.3f} ({one.low:.3f} to {one.high:.3f})" for one in own
        ]
    return found


def long_table(scenario: Scenario, scores: GroupScores) -> pd.DataFrame:
    """Return one row per group and model, to save."""
    return pd.DataFrame(
        [
            {"scenario": scenario.title, "unit": scenario.unit, "group": group.name, "range": group.range,
             "images": len(group.indices), "model": name, **vars(one)}
            for name, own in scores.items()
            for group, one in zip(scenario.groups, own, strict=True)
        ]
    )  # fmt: skip
