"""Turns what is known of a model file, and what a person says of it, into its description."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from configs.errors import UserError
from data import datasets
from data.geometry import PADDING
from data.label_space import BACKGROUND, LabelSpace
from models.added.description import Classes, Description, Input, Output, Source, check_classes
from models.added.facts import Guess, Guesses, ModelFacts, Triple

EngineName = Literal["openvino", "litert", "onnxruntime"]
Kind = Literal["probabilities", "logits", "labels", "binary"]
SMALLEST_OBJECT = 0.0005
"""Least share of a picture that counts as an object, as in the published models."""


@dataclass(frozen=True)
class Answers:
    """What a person says of a model; None where the file's own word, or a guess, is good enough.

    ``input_range`` is what 0 and 255 become; ``mean`` and ``std`` are for red, green and blue, in its units.
    """

    classes: Sequence[str] | None = None
    dataset: str | None = None
    input_size: tuple[int, int] | None = None
    layout: Literal["NHWC", "NCHW"] | None = None
    colour: Literal["RGB", "BGR"] | None = None
    input_range: tuple[float, float] | None = None
    mean: Triple | None = None
    std: Triple | None = None
    resize: Literal["stretch", "letterbox"] | None = None
    output: Kind | None = None
    output_name: str | None = None
    threshold: float | None = None
    void: str | None = None
    engine: EngineName | None = None


def describe(facts: ModelFacts, original: str, answers: Answers) -> Description:
    """Return the description of a model; ``original`` is the name of the file that was given.

    Raises:
        UserError: If a question that matters is open, with the options that answer it, or an answer does not fit.
    """
    open_questions = _open_questions(facts, answers)
    if open_questions:
        raise UserError(f"{original} does not say everything: " + "; ".join(open_questions))
    described = Description(
        source=Source(
            files=list(facts.files),
            format=facts.format,
            original=original,
            producer=facts.producer,
            parameters=facts.parameters,
        ),
        engine=answers.engine or default_engine(facts),
        input=_input(facts, answers),
        output=_output(facts.guesses, answers),
        classes=_classes(facts, answers),
        smallest_object=SMALLEST_OBJECT,
    )
    check_classes(described)
    return described


def default_engine(facts: ModelFacts) -> EngineName:
    """Return the engine that a file was made for, where that is known."""
    return "litert" if facts.format == "tflite" else "openvino"


def _open_questions(facts: ModelFacts, answers: Answers) -> list[str]:
    """Return what has to be said before the model can be used, each with its options."""
    guesses, found = facts.guesses, []
    said = answers.input_range is not None or answers.mean is not None
    if not said and not (guesses.range.certain and guesses.mean.certain):
        usual = _range_options(guesses)
        found.append(f"how pixels are scaled (--range LO,HI, and --mean R,G,B --std R,G,B if they are used; {usual})")
    if answers.classes is None and answers.dataset is None and guesses.class_names.value is None:
        count = guesses.channels.value
        number = "its" if count is None else f"its {count}"
        found.append(f"the names of {number} classes (--classes a,b,c or --classes FILE or --dataset NAME)")
    return found


def _range_options(guesses: Guesses) -> str:
    """Return the options that a guess stands for."""
    low, high = guesses.range.value
    options = f"a guess is --range {low:g},{high:g}"
    if guesses.mean.value and guesses.std.value:
        mean, std = (",".join(f"{value:g}" for value in values) for values in (guesses.mean.value, guesses.std.value))
        options += f" --mean {mean} --std {std}"
    return options


def _input(facts: ModelFacts, answers: Answers) -> Input:
    guesses = facts.guesses
    size = answers.input_size or guesses.input_size.value
    if answers.input_size and not facts.any_size and answers.input_size != guesses.input_size.value:
        fixed = "x".join(map(str, guesses.input_size.value))
        raise UserError(f"--input-size: the network takes only {fixed} (height x width), not {size[0]}x{size[1]}")
    said = answers.input_range is not None or answers.mean is not None
    low_high = answers.input_range or ((0.0, 1.0) if said else guesses.range.value)
    return Input(
        name=None if len(facts.inputs) == 1 else facts.inputs[0].name,
        size=size,
        layout=answers.layout or guesses.layout.value,
        colour=answers.colour or guesses.colour.value,
        range=low_high,
        mean=answers.mean if said else guesses.mean.value,
        std=answers.std if said else guesses.std.value,
        resize=answers.resize or guesses.resize.value,
        padding=PADDING,
    )


def _output(guesses: Guesses, answers: Answers) -> Output:
    kind = answers.output or guesses.output.value
    threshold = None
    described: str = kind
    if kind == "binary":
        threshold = guesses.threshold.value if guesses.threshold.value is not None else 0.5
        if guesses.threshold.value == 0 and answers.output is None:
            described, threshold = "binary_logits", 0.5
        threshold = answers.threshold if answers.threshold is not None else threshold
    layout = guesses.output_layout.value
    return Output(
        name=answers.output_name or guesses.output_name.value,
        kind=cast("Literal['probabilities', 'logits', 'labels', 'binary', 'binary_logits']", described),
        layout=layout,
        threshold=threshold,
    )


def _classes(facts: ModelFacts, answers: Answers) -> Classes:
    """Name the classes of the output's channels, in order."""
    guesses = facts.guesses
    count = guesses.channels.value
    binary = (answers.output or guesses.output.value) == "binary"
    expected = 2 if binary else count
    if answers.dataset is not None:
        space = datasets.get(answers.dataset).label_space
        names = _names_in(space, answers, guesses.class_names, expected, answers.dataset)
    else:
        names = list(answers.classes or guesses.class_names.value or ())
        if binary and len(names) == 1:
            names = [BACKGROUND, *names]
        if expected is not None and len(names) == expected - 1 and BACKGROUND not in names:
            names = [BACKGROUND, *names]
    if expected is not None and len(names) != expected:
        raise UserError(f"--classes: the network has {expected} classes, not {len(names)}: {', '.join(names[:12])}")
    void = answers.void
    if void is None and answers.dataset is None and answers.classes is None and guesses.void.value is not None:
        void = names[guesses.void.value]
    return Classes(names=names, dataset=answers.dataset, colours=None, void=void, concepts={})


def _names_in(
    space: LabelSpace, answers: Answers, named: Guess[tuple[str, ...] | None], expected: int | None, dataset: str
) -> list[str]:
    """Name the channels by the classes of a dataset: by the file's own names if all are its classes, else in order."""
    said = list(answers.classes or named.value or ())
    if said and set(said) <= set(space.names):
        return said
    if answers.classes is not None:
        unknown = next(name for name in said if name not in space.names)
        raise UserError(f"--classes: {unknown!r} is no class of {dataset}, which has {', '.join(space.names)}")
    scored = [space.names[index] for index in space.scored]
    if expected is None or expected == len(space):
        return list(space.names)
    if expected == len(scored):
        return sorted(scored, key=lambda name: name != BACKGROUND) if expected == 2 else scored
    raise UserError(
        f"--dataset: the network has {expected} classes, {dataset} has {len(space)} ({', '.join(space.names[:12])}); "
        "name those of the network with --classes"
    )
