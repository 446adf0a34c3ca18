"""Sentences about how far models agree: on what, in which classes, and which models are not compared at all."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from data.dataset import Dataset
from data.shared_classes import SharedClass, shared_classes
from models.metrics.agreement import Level, PairAgreement
from pages.shared.content.predictions import Found
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.text import listed

FEW_NAMES = 4
"""Up to this many classes without a counterpart are named in a sentence; more are counted."""

ONLY_ANYTHING_ELSE = (
    "All of that is “anything else”: the models were found to agree only in that none of the classes they are compared "
    "in is there."
)


def verdict(found: Sequence[Found], shares: Mapping[Level, float], pairs: Sequence[PairAgreement]) -> str:
    """Return how far the models agree and which are not compared, in Markdown; of two, the figure is the table's too.

    Args:
        found: The models' answers.
        shares: Level of agreement to its part of the picture's pixels.
        pairs: The figures of every two models.
    """
    sentences = [_figure(found, shares, pairs), *strangers(found)]
    if all(pair.featureless for pair in pairs if pair.comparable) and shares[Level.AGREE]:
        sentences.insert(1, ONLY_ANYTHING_ELSE)
    return " ".join(sentence for sentence in sentences if sentence)


def _figure(found: Sequence[Found], shares: Mapping[Level, float], pairs: Sequence[PairAgreement]) -> str:
    """Return on how much of the picture the models that are compared agree; empty if the strangers say it all."""
    compared = compared_models(pairs)
    if not compared:
        return ""
    unknown = shares[Level.NOT_COMPARABLE]
    if unknown == 1:
        return "No two of these answers can be compared on this picture."
    alike = f"**{100 * shares[Level.AGREE] / (1 - unknown):.1f} %**"
    names = [escape_markdown(found[index][0]) for index in compared]
    where = "the pixels that can be compared" if unknown else "the picture"
    rest = f"; {100 * unknown:.1f} % of the picture cannot be" if unknown else ""
    if len(names) == 2:
        return f"**{names[0]}** and **{names[1]}** agree on {alike} of {where}{rest}."
    which = f"of the {len(names)} models" if all(pair.shared for pair in pairs) else "models that are compared"
    return f"On {alike} of {where}, no two {which} differ{rest}."


def compared_models(pairs: Iterable[PairAgreement]) -> list[int]:
    """Return the models that are compared with at least one other, by their index."""
    return sorted({index for pair in pairs if pair.shared for index in (pair.first, pair.second)})


def strangers(found: Sequence[Found]) -> list[str]:
    """Return one sentence for every dataset about the models whose dataset has no class in common with it."""
    names: dict[str, list[str]] = {}
    datasets: dict[str, Dataset] = {}
    for name, run, _ in found:
        names.setdefault(run.dataset.name, []).append(f"**{escape_markdown(name)}**")
        datasets[run.dataset.name] = run.dataset
    apart: dict[str, list[str]] = {}
    for first, second in combinations(datasets, 2):
        if not shared_classes(datasets[first], datasets[second]):
            apart.setdefault(first, []).extend(names[second])
    return [_apart(names[dataset], others) for dataset, others in apart.items()]


def _apart(mine: Sequence[str], others: Sequence[str]) -> str:
    """Say that the first models are not compared with the others."""
    if len(mine) == len(others) == 1:
        return f"{mine[0]} has no class in common with {others[0]}, so the two are not compared."
    have, they = ("has", "it is") if len(mine) == 1 else ("have", "they are")
    them = "it" if len(others) == 1 else "them"
    return f"{listed(mine)} {have} no class in common with {listed(others)}, so {they} not compared with {them}."


def compared_in(first: Dataset, second: Dataset, pair: PairAgreement) -> str:
    """Return the classes that two models are compared in, for a cell of a table."""
    if not pair.shared:
        return "no class in common"
    if first.name == second.name:
        return f"the {len(pair.shared)} classes of {first.title}"
    names = "; ".join(one.name for one in pair.shared)
    return f"{names} (here only the last)" if pair.featureless else names


def sentence(first: Dataset, second: Dataset) -> str:
    """Return what models of two datasets are compared in and what has no counterpart, in Markdown."""
    shared = shared_classes(first, second)
    text = (
        f"**{escape_markdown(first.title)}** and **{escape_markdown(second.title)}** are compared in {len(shared)} "
        f"classes: {escape_markdown('; '.join(one.name for one in shared))}."
    )
    for dataset, names in zip((first, second), _without_counterpart(first, second, shared), strict=True):
        if names:
            told = ", ".join(names) if len(names) <= FEW_NAMES else f"{len(names)} classes"
            text += f" No counterpart: {escape_markdown(told)} of {escape_markdown(dataset.title)}."
    return text


def nothing_in_common(pairs: Sequence[tuple[Dataset, Dataset]]) -> str:
    """Return why models of these pairs of datasets are not compared, in Markdown."""
    titles = "; ".join(
        f"**{escape_markdown(first.title)}** and **{escape_markdown(second.title)}**" for first, second in pairs
    )
    return (
        "Not compared, because there are no two classes that both datasets tell apart, and a background alone is "
        f"nothing to differ on: {titles}."
    )


def mapping(first: Dataset, second: Dataset) -> str:
    """Return how the classes of two datasets fall into shared ones, as a table in Markdown."""
    shared = shared_classes(first, second)
    mine, theirs = first.label_space.names, second.label_space.names
    rows = [
        (escape_markdown(one.name), [mine[ident] for ident in one.first], [theirs[ident] for ident in one.second])
        for one in shared
    ]
    alone = _without_counterpart(first, second, shared)
    if any(alone):
        rows.append(("*not comparable*", *alone))
    lines = [f"| Compared as | {escape_markdown(first.title)} | {escape_markdown(second.title)} |", "|---|---|---|"]
    lines += [
        f"| {name} | {escape_markdown(', '.join(one)) or '–'} | {escape_markdown(', '.join(two)) or '–'} |"
        for name, one, two in rows
    ]
    return "\n".join(lines)


def _without_counterpart(first: Dataset, second: Dataset, shared: Sequence[SharedClass]) -> tuple[list[str], list[str]]:
    """Return the names of each dataset's classes that are in no shared class."""
    used = [ident for one in shared for ident in one.first], [ident for one in shared for ident in one.second]
    mine, theirs = (
        [dataset.label_space.names[ident] for ident in dataset.label_space.scored if ident not in known]
        for dataset, known in zip((first, second), used, strict=True)
    )
    return mine, theirs
