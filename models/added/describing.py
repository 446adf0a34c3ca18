"""Turns what is known of a model file, and what a person says of it, into its description."""

from configs import schema
from configs.errors import UserError
from data import datasets
from data.geometry import PADDING
from data.label_space import BACKGROUND, LabelSpace
from models.added.answers import Answers, EngineName, Kind, check, check_mean
from models.added.description import RUNNABLE, Description, check_classes
from models.added.facts import Guess, Guesses, ModelFacts, Port

__all__ = ["SMALLEST_OBJECT", "Answers", "EngineName", "Kind", "default_engine", "describe"]

SMALLEST_OBJECT = 0.0005
"""Least share of a picture that counts as an object, as in the published models."""


def describe(facts: ModelFacts, original: str, answers: Answers) -> Description:
    """Return the description of a model; ``original`` is the name of the file that was given.

    Raises:
        UserError: If a question that matters is open, with the options that answer it, or an answer does not fit.
    """
    check(answers)
    facts = _of_output(facts, answers)
    open_questions = _open_questions(facts, answers)
    if open_questions:
        raise UserError(f"{original} does not say everything: " + "; ".join(open_questions))
    engine = answers.engine or default_engine(facts)
    if engine not in RUNNABLE[facts.format]:
        raise UserError(f"--engine: {original} runs on {' or '.join(RUNNABLE[facts.format])}, not on {engine}")
    content = {
        "source": {
            "files": list(facts.files),
            "format": facts.format,
            "original": original,
            "producer": facts.producer,
            "parameters": facts.parameters,
        },
        "engine": engine,
        "input": _input(facts, answers),
        "output": _output(facts.guesses, answers),
        "classes": _classes(facts.guesses, answers),
        "smallest_object": SMALLEST_OBJECT,
    }
    described = schema.validate(Description, content, original)
    check_classes(described)
    return described


def default_engine(facts: ModelFacts) -> EngineName:
    """Return the engine that a file was made for, where that is known."""
    return RUNNABLE[facts.format][0]


def _of_output(facts: ModelFacts, answers: Answers) -> ModelFacts:
    """Return the facts with the guesses for the output that is asked for, if that is not the one they are about."""
    name = answers.output_name
    if name is None or name == facts.guesses.output_name.value:
        return facts
    port = next((port for port in facts.outputs if port.name == name), None)
    if port is None:
        names = ", ".join(port.name for port in facts.outputs)
        raise UserError(f"--output-name: the model has no output {name!r}; its outputs are {names}")
    asked = _guesses_for(port, facts.guesses, answers)
    changed = {key: Guess(value=value, certain=True, reason="as asked for") for key, value in asked.items()}
    return facts.model_copy(update={"guesses": facts.guesses.model_copy(update=changed)})


def _guesses_for(port: Port, guesses: Guesses, answers: Answers) -> dict[str, object]:
    """Return the values of the guesses about an output that did not seem to be the best one, by its shape and type."""
    layout = {4: guesses.output_layout.value, 3: "NHW", 2: "HW"}.get(len(port.shape))
    if layout is None:
        raise UserError(f"--output-name: {port.name} has {len(port.shape)} axes; a map has (N), height, width and (C)")
    if len(layout) == 4 and len(guesses.output_layout.value) < 4:
        layout = guesses.layout.value
    channels = port.shape[layout.index("C")] if "C" in layout else 1
    whole = not port.dtype.startswith("float") and port.scale is None
    kind = answers.output or ("labels" if whole else "binary" if channels == 1 else guesses.output.value)
    if kind == "binary":
        channels = 2
    threshold = None if kind != "binary" else guesses.threshold.value
    count = None if kind == "labels" else channels
    names = guesses.class_names.value
    names = names if names is None or count in (None, len(names)) else None
    return {
        "output_name": port.name,
        "output_layout": layout,
        "output": kind,
        "channels": count,
        "threshold": threshold,
        "class_names": names,
    }


def _open_questions(facts: ModelFacts, answers: Answers) -> list[str]:
    """Return what has to be said before the model can be used, each with its options."""
    guesses, found = facts.guesses, []
    if not _scaling_is_said(answers) and not (guesses.range.certain and guesses.mean.certain):
        usual = _range_options(guesses)
        found.append(f"how pixels are scaled (--range LO,HI, and --mean R,G,B --std R,G,B if they are used; {usual})")
    if answers.classes is None and answers.dataset is None and guesses.class_names.value is None:
        count = guesses.channels.value
        number = "its" if count is None else f"its {count}"
        found.append(f"the names of {number} classes (--classes a,b,c or --classes FILE or --dataset NAME)")
    return found


def _scaling_is_said(answers: Answers) -> bool:
    return answers.input_range is not None or answers.mean is not None or answers.std is not None


def _range_options(guesses: Guesses) -> str:
    """Return the options that a guess stands for."""
    low, high = guesses.range.value
    options = f"a guess is --range {low:g},{high:g}"
    if guesses.mean.value and guesses.std.value:
        mean, std = (",".join(f"{value:g}" for value in values) for values in (guesses.mean.value, guesses.std.value))
        options += f" --mean {mean} --std {std}"
    return options


def _input(facts: ModelFacts, answers: Answers) -> dict[str, object]:
    """Return the section ``input``."""
    guesses = facts.guesses
    size = answers.input_size or guesses.input_size.value
    if answers.input_size and not facts.any_size and answers.input_size != guesses.input_size.value:
        fixed = "x".join(map(str, guesses.input_size.value))
        raise UserError(f"--input-size: the network takes only {fixed} (height x width), not {size[0]}x{size[1]}")
    low_high, mean, std = guesses.range.value, guesses.mean.value, guesses.std.value
    if _scaling_is_said(answers):
        low_high = answers.input_range or (low_high if guesses.range.certain else (0.0, 1.0))
        mean, std = answers.mean, answers.std
        check_mean(mean, low_high)
    return {
        "name": None if len(facts.inputs) == 1 else facts.inputs[0].name,
        "size": size,
        "layout": answers.layout or guesses.layout.value,
        "colour": answers.colour or guesses.colour.value,
        "range": low_high,
        "mean": mean,
        "std": std,
        "resize": answers.resize or guesses.resize.value,
        "padding": PADDING,
    }


def _output(guesses: Guesses, answers: Answers) -> dict[str, object]:
    """Return the section ``output``. A guessed threshold of 0 is that of a logit."""
    kind: str = answers.output or guesses.output.value
    threshold = None
    if kind == "binary":
        threshold = 0.5 if answers.threshold is None else answers.threshold
        kind = "binary_logits" if guesses.threshold.value == 0 else "binary"
    elif answers.threshold is not None:
        raise UserError(f"--threshold: is for a network with one channel of scores; this one gives {kind}")
    name, layout = guesses.output_name.value, guesses.output_layout.value
    return {"name": name, "kind": kind, "layout": layout, "threshold": threshold}


def _classes(guesses: Guesses, answers: Answers) -> dict[str, object]:
    """Return the section ``classes``, which names those of the output's channels, in order."""
    binary = (answers.output or guesses.output.value) == "binary"
    expected = 2 if binary else guesses.channels.value
    space = None if answers.dataset is None else datasets.get(answers.dataset).label_space
    if space is None:
        names = list(answers.classes or guesses.class_names.value or ())
    else:
        names = _names_in(space, answers, guesses.class_names, expected, binary)
    has_background = BACKGROUND not in names and (space is None or BACKGROUND in space.names)
    if expected is not None and len(names) == expected - 1 and has_background:
        names = [BACKGROUND, *names]
    if expected is not None and len(names) != expected:
        option = "--classes" if answers.classes or not answers.dataset else "--dataset"
        raise UserError(f"{option}: the network has {expected} classes, not {len(names)}: {', '.join(names[:12])}")
    if answers.void is not None and answers.void not in names and answers.dataset is None:
        raise UserError(f"--void: must be one of {', '.join(names[:12])}, not {answers.void!r}")
    void = answers.void
    if void is None and answers.dataset is None and answers.classes is None and guesses.void.value is not None:
        void = names[guesses.void.value]
    return {"names": names, "dataset": answers.dataset, "colours": None, "void": void, "concepts": {}}


def _names_in(
    space: LabelSpace, answers: Answers, named: Guess[tuple[str, ...] | None], expected: int | None, binary: bool
) -> list[str]:
    """Name the channels by the classes of a dataset: by the file's own names if all are its classes, else in order."""
    said = list(answers.classes or named.value or ())
    if said and set(said) <= set(space.names):
        return said
    if answers.classes is not None:
        unknown = next(name for name in said if name not in space.names)
        raise UserError(f"--classes: {unknown!r} is no class of {answers.dataset}: {', '.join(space.names)}")
    scored = [space.names[index] for index in space.scored]
    if binary and len(scored) == expected:
        return sorted(scored, key=lambda name: name != BACKGROUND)  # a single channel is never that of the background
    if expected is None or expected == len(space):
        return list(space.names)
    if expected == len(scored):
        return scored
    raise UserError(
        f"--dataset: the network has {expected} classes, {answers.dataset} has {len(space)} "
        f"({', '.join(space.names[:12])}); name those of the network with --classes"
    )
