"""Sentences about agreement: how far models agree, in which classes, and which models cannot be compared."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, combinations

from data.dataset import Dataset
from data.shared_classes import shared_classes
from models.metrics.agreement import Level, PairAgreement
from pages.shared.content.predictions import ModelPrediction
from pages.shared.ui.layout import escape_markdown
from pages.shared.ui.text import listed

FEW_NAMES = 4
"""Up to this many classes without a counterpart are named in a sentence; more are counted."""

ONLY_ANYTHING_ELSE = (
    "All of that is “anything else”: the models agree only that none of the classes they are compared in is present."
)


def summary(
    predictions: Sequence[ModelPrediction], shares: Mapping[Level, float], pairs: Sequence[PairAgreement]
) -> str:
    """Return how far the models agree and which are not compared, in Markdown, given each level's share of pixels."""
    sentences = [_figure(predictions, shares, pairs), *not_compared(predictions)]
    if all(pair.featureless for pair in pairs if pair.comparable) and shares[Level.AGREE]:
        sentences.insert(1, ONLY_ANYTHING_ELSE)
    return " ".join(sentence for sentence in sentences if sentence)


def _figure(
    predictions: Sequence[ModelPrediction], shares: Mapping[Level, float], pairs: Sequence[PairAgreement]
) -> str:
    """Return on how much of the picture the models agree; empty if no two have a class in common."""
    compared = compared_models(pairs)
    if not compared:
        return ""
    not_comparable = shares[Level.NOT_COMPARABLE]
    if not_comparable == 1:
        return "No two of these predictions can be compared on this picture."
    agreed = f"**{100 * shares[Level.AGREE] / (1 - not_comparable):.1f} %**"
    names = [escape_markdown(predictions[index].name) for index in compared]
    where = "the pixels that can be compared" if not_comparable else "the picture"
    rest = f"; {100 * not_comparable:.1f} % of the picture cannot be" if not_comparable else ""
    if len(names) == 2:
        return f"**{names[0]}** and **{names[1]}** agree on {agreed} of {where}{rest}."
    which = f"of the {len(names)} models" if all(pair.shared for pair in pairs) else "models that are compared"
    return f"On {agreed} of {where}, no two {which} differ{rest}."


def compared_models(pairs: Iterable[PairAgreement]) -> list[int]:
    """Return the indices of the models that are compared with at least one other."""
    return sorted({index for pair in pairs if pair.shared for index in (pair.first, pair.second)})


def not_compared(predictions: Sequence[ModelPrediction]) -> list[str]:
    """Return one sentence for every dataset about the models whose datasets have no class in common with it."""
    names: dict[str, list[str]] = {}
    datasets: dict[str, Dataset] = {}
    for one in predictions:
        names.setdefault(one.run.dataset.name, []).append(f"**{escape_markdown(one.name)}**")
        datasets[one.run.dataset.name] = one.run.dataset
    others: dict[str, list[str]] = {}
    for first, second in combinations(datasets, 2):
        if not shared_classes(datasets[first], datasets[second]):
            others.setdefault(first, []).extend(names[second])
    return [_not_compared_with(names[dataset], strangers) for dataset, strangers in others.items()]


def _not_compared_with(models: Sequence[str], others: Sequence[str]) -> str:
    if len(models) == len(others) == 1:
        return f"{models[0]} has no class in common with {others[0]}, so the two are not compared."
    have, they = ("has", "it is") if len(models) == 1 else ("have", "they are")
    them = "it" if len(others) == 1 else "them"
    return f"{listed(models)} {have} no class in common with {listed(others)}, so {they} not compared with {them}."


def compared_in(first: Dataset, second: Dataset, pair: PairAgreement) -> str:
    """Return the classes that two models are compared in, for a cell of a table."""
    if not pair.shared:
        return "no class in common"
    if first.name == second.name:
        return f"the {len(pair.shared)} classes of {first.title}"
    names = "; ".join(one.name for one in pair.shared)
    return f"{names} (here only the last)" if pair.featureless else names


def compared_classes(first: Dataset, second: Dataset) -> str:
    """Return which classes models of two datasets are compared in and which have no counterpart, in Markdown."""
    shared = shared_classes(first, second)
    text = (
        f"**{escape_markdown(first.title)}** and **{escape_markdown(second.title)}** are compared in {len(shared)} "
        f"classes: {escape_markdown('; '.join(one.name for one in shared))}."
    )
    for dataset, compared in ((first, [one.first for one in shared]), (second, [one.second for one in shared])):
        if names := _without_counterpart(dataset, compared):
            classes = ", ".join(names) if len(names) <= FEW_NAMES else f"{len(names)} classes"
            text += f" No counterpart: {escape_markdown(classes)} of {escape_markdown(dataset.title)}."
    return text


def nothing_in_common(pairs: Sequence[tuple[Dataset, Dataset]]) -> str:
    """Return why models of these pairs of datasets are not compared, in Markdown."""
    titles = "; ".join(
        f"**{escape_markdown(first.title)}** and **{escape_markdown(second.title)}**" for first, second in pairs
    )
    return (
        "Not compared, because the datasets have no class in common; a background alone leaves nothing to differ on: "
        f"{titles}."
    )


def class_table(first: Dataset, second: Dataset) -> str:
    """Return how the classes of two datasets map to the shared ones, as a table in Markdown."""
    shared = shared_classes(first, second)
    lines = [f"| Compared as | {escape_markdown(first.title)} | {escape_markdown(second.title)} |", "|---|---|---|"]
    for one in shared:
        of_first = ", ".join(first.label_space.names[index] for index in one.first)
        of_second = ", ".join(second.label_space.names[index] for index in one.second)
        lines.append(f"| {escape_markdown(one.name)} | {escape_markdown(of_first)} | {escape_markdown(of_second)} |")
    alone = (
        _without_counterpart(first, [one.first for one in shared]),
        _without_counterpart(second, [one.second for one in shared]),
    )
    if any(alone):
        cells = [escape_markdown(", ".join(names)) or "–" for names in alone]
        lines.append(f"| *not comparable* | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def _without_counterpart(dataset: Dataset, compared: Iterable[Iterable[int]]) -> list[str]:
    """Return the names of a dataset's classes whose ids are in none of the groups of compared ones."""
    space, ids = dataset.label_space, set(chain.from_iterable(compared))
    return [space.names[index] for index in space.scored if index not in ids]
