"""Writes a report as one HTML file, or as Markdown with its tables as CSV."""

import html
import importlib.metadata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from configs import csv_tables
from configs.errors import UserError
from configs.files import write_text
from data.colours import SERIES
from models.metrics.bootstrap import RESAMPLES
from models.metrics.definitions import CLASSES, ERRORS, SUMMARY
from train.reporting.content import DIFFERENCE, SHARE, SIZE, TIME, Report
from train.reporting.pictures import Gallery

MOST_BYTES = 5_000_000
"""Largest HTML file; mail servers and wikis refuse much larger ones."""
PACKAGES = ("openvino", "numpy", "keras", "tensorflow")


def write_html(path: Path, report: Report, gallery: Gallery, command: str) -> None:
    """Write the report as one file that needs no network.

    Raises:
        UserError: If vl-convert is not installed, or the file would be larger than ``MOST_BYTES`` or can't be written.
    """
    try:
        from train.reporting import charts
    except ImportError as error:
        raise UserError(f"{error.name} is not installed, which draws the charts of a report: make install") from error
    histories = report.histories()
    drawn = {
        "intervals": charts.intervals(report.entries),
        "classes": charts.classes(report.entries),
        "curves": charts.curves(histories) if histories else "",
    }
    space = gallery.space
    legend = [(space.names[index], space.colours[index]) for index in space.scored] if space else []
    text = _template("report.html.jinja", autoescape=True).render(
        _content(report, command),
        charts=drawn,
        table=_html_table,
        turned=_turned,
        gallery=gallery,
        legend=legend,
        accent=SERIES[0],
        details={entry.name: _details(entry.classes) for entry in report.entries},
    )
    if (size := len(text.encode())) > MOST_BYTES:
        raise UserError(f"{path}: would have {size / 1e6:.1f} MB; leave out the pictures with --no-pictures")
    _write(path, text)


def write_markdown(path: Path, report: Report, command: str) -> list[Path]:
    """Write the report as Markdown, and its tables beside it as CSV; return their paths. Raises ``UserError``."""
    text = _template("report.md.jinja", autoescape=False).render(_content(report, command), table=_markdown_table)
    _write(path, text)
    tables = {"leaderboard": report.leaderboard(), "classes": report.class_table()}
    written = []
    for name, table in tables.items():
        written.append(path.with_name(f"{path.stem}_{name}.csv"))
        _write(written[-1], csv_tables.of_table(table))
    return written


def _content(report: Report, command: str) -> dict[str, Any]:
    names = [entry.name for entry in report.entries]
    packages = [name for name in PACKAGES if importlib.util.find_spec(name)]
    return {
        "report": report,
        "names": names,
        "definitions": list(SUMMARY.values()),
        "of_classes": list(CLASSES.values()),
        "of_errors": list(ERRORS.values()),
        "resamples": RESAMPLES,
        "by_class": _by_class(report),
        "settings": pd.DataFrame({entry.name: entry.settings for entry in report.entries}).T.reset_index(names="Model"),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "versions": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages),
        "command": command,
    }


def _by_class(report: Report) -> pd.DataFrame | None:
    """Return the comparison of the two best models by class, the largest difference first."""
    found = report.by_class
    if found is None:
        return None
    values = {DIFFERENCE: found.difference, "from": found.low, "to": found.high, "p (Holm)": found.p}
    table = pd.DataFrame({"Class": report.best.counts.classes, **values})
    return table.sort_values(DIFFERENCE, key=abs, ascending=False, kind="stable", na_position="last")


def _details(classes: pd.DataFrame) -> pd.DataFrame:
    titles = {"name": "Class"} | {key: title for key, (title, _) in CLASSES.items()}
    return classes[list(titles)].rename(columns=titles)


def _turned(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of models with a column for each, as text, which fits a page for a few of them."""
    cells = {row["Model"]: [_cell(name, row[name]) for name in table.columns[1:]] for _, row in table.iterrows()}
    return pd.DataFrame({"": table.columns[1:], **cells})


def _html_table(table: pd.DataFrame, compared: Sequence[str] = ()) -> str:
    """Return a table; of the columns ``compared`` the largest number in every row is bold."""
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in table.columns)
    rows = []
    for _, row in table.iterrows():
        most = max((row[name] for name in compared if pd.notna(row[name])), default=None)
        marks = {name: " class=best" for name in compared if row[name] == most}
        cells = [f"<td{marks.get(name, '')}>{html.escape(_cell(name, row[name]))}</td>" for name in table.columns]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="wide"><table>{body}</table></div>'


def _markdown_table(table: pd.DataFrame) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    rows = [[_cell(name, row[name]) for name in table.columns] for _, row in table.iterrows()]
    rule = ["---"] + ["---:"] * (len(table.columns) - 1)
    return "\n".join(map(line, [list(map(str, table.columns)), rule, *rows]))


def _cell(column: str, value: Any) -> str:
    """Return a value as a table shows it."""
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "–"
    if isinstance(value, str):
        return value
    if column == SHARE:
        return f"{100 * value:.1f} %"
    if column in {SIZE, TIME}:
        return f"{value:.1f}"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:+.3f}" if column == DIFFERENCE else f"{value:.3f}"
    return f"{int(value):,}" if isinstance(value, int | float) else str(value)


def _template(name: str, *, autoescape: bool) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        autoescape=autoescape,  # noqa: S701 - off for Markdown only
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


def _write(path: Path, text: str) -> None:
    try:
        write_text(path, text)
    except OSError as error:
        raise UserError(f"{path}: can't be written ({error.strerror})") from error
