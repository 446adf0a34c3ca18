"""Writes model cards from the files of runs; ``card.md.jinja`` holds the text, so that no figure is typed by hand.

Remarks that people write between two marks of a card are kept.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import jinja2

from configs import paths
from configs.errors import UserError
from configs.files import write_text
from configs.schema import LATER, Augment
from models.inference import benchmarks
from models.inference.graph_summary import gmacs
from models.runs import familiarity, int8_rest, weights
from models.runs.evaluation import Evaluation, SplitScores
from models.runs.run import Run
from train.publishing import failures, out_of_distribution

CARD = "card.md"
MARK = (
    "<!-- Written by train.model_card, which replaces all but the remarks between their marks. Remove this line to "
    "keep a card of your own. -->\n"
)
"""First line of every generated card."""
REMARKS, END_OF_REMARKS = "<!-- remarks: written by people, kept word for word -->\n", "<!-- end of remarks -->\n"


def write(run: Run, name: str, remarks: str = "") -> str:
    """Return the model card, in Markdown, of a finished run that is published under ``name``.

    ``remarks``: written by people, in Markdown; empty or whole lines.
    """
    evaluation, experiment, dataset = run.evaluation() or Evaluation(), run.experiment, run.dataset
    train, split, height_width = experiment.train, experiment.evaluate.split, experiment.data.image_size
    scores, kept_epoch = evaluation.splits.get(split, SplitScores()), _kept_epoch(run)
    losses = {"cross-entropy": train.loss.cross_entropy, "Dice": train.loss.dice, "Lovasz": train.loss.lovasz}
    latencies = benchmarks.read(paths.zoo_dir() / "benchmark.json")
    shares = out_of_distribution.shares(run) if split in evaluation.splits else {}
    return _TEMPLATES.get_template("card.md.jinja").render(
        mark=MARK,
        name=name,
        experiment=experiment,
        train=train,
        dataset=dataset,
        split=split,
        scores=scores,
        splits=evaluation.splits,
        precisions={key: one.splits[split] for key, one in evaluation.precisions.items() if split in one.splits},
        int8_megabytes=_int8_megabytes(run),
        int8_rest=int8_rest.read(run),
        calibration=run.calibration,
        failures=failures.find(run, split, scores, kept_epoch, shares),
        familiarity=familiarity.read(run),
        classes=[run.label_space.names[class_id] for class_id in run.label_space.scored],
        parameters=run.parameters() or 0,
        train_images=len((run.path / "train_images.txt").read_text(encoding="utf-8").split()),
        history=run.history(),
        kept_epoch=kept_epoch,
        losses=[f"{weight:g} x {loss}" for loss, weight in losses.items() if weight],
        augmentation=_augmentation(experiment.data.augment),
        height=height_width[0],
        width=height_width[1],
        megabytes=run.weights.stat().st_size / 1e6,
        gmacs=gmacs(run),
        latencies=latencies,
        remarks=REMARKS + remarks + END_OF_REMARKS,
    )


def renewed(run: Run, name: str, *cards: str | None) -> str:
    """Return the up-to-date card of a run, with the remarks of its previous cards, in order of precedence.

    The first card that was written by a person is returned unchanged; the first generated one with remarks passes them
    on. Raises ``UserError`` if the marks around the remarks are damaged.
    """
    for card in cards:
        if card and not card.startswith(MARK):
            return card
        if card and (kept := remarks_of(card, name)):
            return write(run, name, kept)
    return write(run, name)


def remarks_of(card: str, name: str) -> str:
    """Return the lines between the marks around the remarks of a card.

    Raises ``UserError``, which gives ``name``, if the marks don't occur exactly once each and in this order.
    """
    remarks, end, _ = card.partition(REMARKS)[2].partition(END_OF_REMARKS)
    if not end or card.count(REMARKS) > 1 or card.count(END_OF_REMARKS) > 1:
        raise UserError(
            f"{name}: {CARD} must contain the lines {REMARKS.strip()!r} and {END_OF_REMARKS.strip()!r} once each, in "
            "this order; the lines between them are kept"
        )
    return remarks


def renew(run: Run) -> bool:
    """Rewrite the card of a published run and its checksum, and return whether the card changed.

    Raises ``UserError`` if another file of the run or the marks around the remarks are damaged.
    """
    weights.verify(run.path, but=CARD)  # a new checksum list must not legitimise damaged files
    before = run.card
    # Read as a local run, because new remarks invalidate the card's checksum.
    text = renewed(dataclasses.replace(run, published=False), run.name, before)
    write_text(run.path / CARD, text)
    weights.renew_checksums(run.path, CARD)
    return text != before


def _kept_epoch(run: Run) -> int | None:
    """Return the epoch whose weights were kept.

    Epochs at a smaller image size are measured differently, so they don't count.
    """
    history = run.history().iloc[run.experiment.train.small_epochs :]
    if run.experiment.train.keep == "last" and len(history):
        return int(history["epoch"].iloc[-1])
    return int(history.loc[history["val_miou"].idxmax(), "epoch"]) if history["val_miou"].notna().any() else None


def _int8_megabytes(run: Run) -> float | None:
    """Return the size of the network in int8, or None if it was not quantised."""
    view = run.in_precision("int8")
    size = view.size_bytes() if view.is_ready else None
    return None if size is None else size / 1e6


def _augmentation(augment: Augment) -> dict[str, str]:
    """Return each setting as text; those that are newer than most configs only where they are used."""
    settings = augment.model_dump(exclude={"copy_paste"})
    used = {key: value for key, value in settings.items() if value or f"data.augment.{key}" not in LATER}
    texts = {key: _short(value) for key, value in used.items()}
    if pasted := augment.copy_paste:
        *others, last = pasted.classes
        texts["copy_paste"] = f"{pasted.probability:g} of " + " and ".join(
            [", ".join(others), last] if others else [last]
        )
    return texts


def _score(value: float | None, absent: str = "not in this split") -> str:
    return absent if value is None else f"{value:.4f}"


def _short(value: float | Sequence[float]) -> str:
    """Format a number, or the ends of a range, without trailing zeros."""
    return " to ".join(f"{part:g}" for part in value) if isinstance(value, Sequence) else f"{value:g}"


def _many(number: float, noun: str) -> str:
    """Format a number with its noun in the singular or plural."""
    text = f"{number:,}" if isinstance(number, int) else f"{number:g}"
    return f"{text} {noun}" if number == 1 else f"{text} {noun}s"


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # the cards are Markdown  # noqa: S701
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters |= {
    "score": _score,
    "short": _short,
    "many": _many,
    "fixed": lambda value, digits: f"{value:.{digits}f}",
    "thousands": lambda value: f"{value:,}",
    "by_name": lambda entries, key: {entry.name: getattr(entry, key) for entry in entries},
    "percent": lambda value: f"{value:.0%}".replace("%", " %"),
}
