"""Turns what a file says, and what its network did with a made-up picture, into an answer for every question."""

from typing import Any

import numpy as np

from configs.errors import UserError
from data import class_files
from data.label_space import BACKGROUND, MAX_CLASSES
from models.added.draft import Draft, Question
from models.added.facts import Guess, Guesses
from models.added.graph import Ending
from models.added.output import Map, choose
from models.added.trial import Trial

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

VOID_NAMES = frozenset({"void", "unlabelled", "unlabeled", "ignore", "ignored", "ignore_label", "not labelled"})


def guesses(draft: Draft, trial: Trial, endings: list[Ending]) -> Guesses:
    """Answer every question of the form.

    Args:
        draft: What its reader found; sentences about the outputs are added to ``draft.warnings``.
        trial: The network's outputs for a made-up picture.
        endings: How each output is computed.

    Raises:
        UserError: If no output gives a class to every pixel.
    """
    output = choose(draft, trial, endings)
    names, channels = _classes(draft, output)
    return Guesses(
        input_size=trial.size,
        layout=trial.layout,
        colour=_hinted(draft, "colour", "RGB", "nearly all networks are trained on it; OpenCV's pictures are BGR"),
        **_normalisation(draft),
        resize=_hinted(draft, "resize", "stretch", "it is the commonest way"),
        output_name=output.name,
        output=output.kind,
        threshold=output.threshold,
        output_layout=output.layout,
        output_size=Guess(value=output.size, certain=True, reason="seen when it ran"),
        channels=channels,
        class_names=names,
        void=_void(draft, names.value),
        first_id=_hinted(draft, "first_id", 0, "most datasets number their classes from 0"),
    )


def _hinted(draft: Draft, question: Question, default: Any, reason: str) -> Guess[Any]:
    """Return what the file says, else ``default`` as a guess."""
    return draft.hints.get(question) or Guess(value=default, certain=False, reason=reason)


def _normalisation(draft: Draft) -> dict[str, Guess[Any]]:
    """Guess range, mean and std together, because a mean is in the units of its range."""
    hinted = {question: draft.hints.get(question) for question in ("range", "mean", "std")}
    known = hinted["range"]
    if known is None:
        known = _usual_range(draft)
    imagenet = hinted["range"] is None and known.value == (0.0, 1.0) and draft.producer.startswith("pytorch")
    if imagenet:
        reason = "torchvision and Hugging Face normalise so; the file does not tell"
        mean, std = (Guess[Any](value=value, certain=False, reason=reason) for value in (IMAGENET_MEAN, IMAGENET_STD))
    else:
        nothing = Guess[Any](value=None, certain=known.certain, reason=known.reason)
        mean, std = nothing, nothing
    return {"range": known, "mean": hinted["mean"] or mean, "std": hinted["std"] or std}


def _usual_range(draft: Draft) -> Guess[Any]:
    """Guess the range from the type of the input."""
    port = draft.inputs[0]
    if np.dtype(port.dtype).kind not in "iu":
        return Guess(value=(0.0, 1.0), certain=False, reason="it is the commonest; the file does not tell")
    if not port.scale:
        return Guess(value=(0.0, 255.0), certain=True, reason=f"its input is {port.dtype} without a scale")
    limits = np.iinfo(port.dtype)
    zero = port.zero_point or 0
    low, high = (round((value - zero) * port.scale, 2) for value in (limits.min, limits.max))
    usual = next((pair for pair in ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)) if _close((low, high), pair)), None)
    return Guess(
        value=usual or (low, high),
        certain=usual is not None,
        reason=f"the scale of its quantised input reaches from {low:g} to {high:g}",
    )


def _close(found: tuple[float, float], usual: tuple[float, float]) -> bool:
    return bool(np.allclose(found, usual, rtol=0, atol=0.02 * (usual[1] - usual[0])))


def _classes(draft: Draft, output: Map) -> tuple[Guess[tuple[str, ...] | None], Guess[int | None]]:
    """Return the class names, fitted to the output, and the number of classes."""
    hint = draft.hints.get("class_names")
    names = _usable(hint, draft)
    count = output.channels
    if count is None and names is not None:  # a label map: only the names tell how many there are
        count = max(len(names), 2)
    if count is not None and count > MAX_CLASSES:
        raise UserError(f"{draft.path.name} has {count} classes; SegDeck shows {MAX_CLASSES} at most")
    channels = Guess[int | None](
        value=count,
        certain=count is not None,
        reason="counted" if output.channels else "a map of labels does not tell" if count is None else "as named",
    )
    if names is None or hint is None:
        return Guess(value=None, certain=False, reason="the file does not name them"), channels
    if len(names) == count:
        return hint, channels
    if len(names) + 1 == count and BACKGROUND not in names:
        reason = f"{hint.reason}, all but the background, which comes first"
        certain = hint.certain and count == 2  # one name for two values leaves no choice
        return Guess(value=(BACKGROUND, *names), certain=certain, reason=reason), channels
    draft.warnings.append(f"The file names {len(names)} classes, but its output has {count}; the names are left out.")
    reason = f"{len(names)} names do not fit {count} classes"
    return Guess(value=None, certain=False, reason=reason), channels


def _usable(hint: Guess[Any] | None, draft: Draft) -> tuple[str, ...] | None:
    """Return the names of a hint if they are all different and can be shown."""
    if hint is None:
        return None
    try:
        return class_files.in_order(class_files.of_content(list(hint.value), "the file"), "the file")
    except UserError as error:
        draft.warnings.append(f"The class names are left out: {error}.")
        return None


def _void(draft: Draft, names: tuple[str, ...] | None) -> Guess[int | None]:
    """Guess which class means nothing."""
    if "void" in draft.hints:
        return draft.hints["void"]
    named = [index for index, name in enumerate(names or ()) if name.strip().lower() in VOID_NAMES]
    if named:
        return Guess(value=named[0], certain=False, reason="its name says so")
    return Guess(value=None, certain=False, reason="no class has such a name")
