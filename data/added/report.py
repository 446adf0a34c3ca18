"""Put into words what a folder holds."""

from collections.abc import Sequence

from data import formats
from data.added.looking import Findings
from data.formats.shared.class_tables import named
from data.formats.shared.contract import Value

SHOWN = 10
"""Files, sizes and faults listed at most."""


def lines(findings: Findings) -> list[str]:
    """Return the report, one line each: pairs, sizes, classes with shares, what is left out, and what is wrong."""
    counts = ", ".join(f"{len(members):,} {split}" for split, members in findings.splits.items())
    seen = findings.survey
    text = [
        f"{findings.folder}: {formats.get(findings.format).TITLE} ({findings.format})",
        f"Pictures with a mask: {counts}. {findings.splits_from}",
        f"Sizes (width x height): {sizes(findings)}, of the {seen.masks:,} pictures that were looked at.",
    ]
    if findings.table:
        text.append(f"Classes from {findings.table.origin}, and their share of the pixels in {seen.masks:,} masks:")
        width = max(len(name) for _, name, *_ in class_rows(findings))
        text += [
            f"  {index:>3} {name.ljust(width)} {colour} {share:>8.2%}  {values}"
            for index, name, colour, values, share in class_rows(findings)
        ]
    text += left_out(findings)
    text += [f"Note: {note}" for note in findings.notes]
    text += [f"Problem: {problem}" for problem in findings.problems[:SHOWN]]
    return text


def class_rows(findings: Findings) -> list[tuple[int, str, str, str, float]]:
    """Return id, name, colour, values and share of the pixels of every class."""
    table, pixels = findings.table, findings.survey.pixels
    if table is None:
        return []
    total = max(1, pixels.total())
    rows = []
    for index, one in enumerate(table.classes):
        marks: list[Value | None] = [*one.values, *([None] if one.name == table.uncovered else [])]
        values = ", ".join(filter(None, [named(one.values), "uncovered" if None in marks else ""]))
        note = " (not scored)" if one.name == table.void else ""
        rows.append((index, one.name, one.colour or "", values + note, sum(pixels[mark] for mark in marks) / total))
    return rows


def sizes(findings: Findings) -> str:
    """Return the commonest sizes of the pictures."""
    common = findings.survey.sizes.most_common()
    shown = ", ".join(f"{width}x{height} ({count})" for (height, width), count in common[:SHOWN])
    return (shown or "none") + (f" and {len(common) - SHOWN} others" if len(common) > SHOWN else "")


def left_out(findings: Findings) -> list[str]:
    """Return a line on the pictures without a mask, and one on the masks without a picture, where there are any."""
    listing = findings.listing
    found = (("Pictures without a mask", listing.without_mask), ("Masks without a picture", listing.without_picture))
    return [f"{what}, left out: {few(names)}" for what, names in found if names]


def few(names: Sequence[str]) -> str:
    """Return how many names there are, and the first of them.

    >>> few(["a", "b"])
    '2: a, b'
    """
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{len(names):,}: {', '.join(names[:SHOWN])}{more}"
