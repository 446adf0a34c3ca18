"""Adds a model that some other program wrote.

python -m models.add unet.onnx --name mine --dataset camvid --range 0,1

Read are ONNX files (with the .onnx.data beside them), OpenVINO IR (.xml with its .bin), TFLite, Keras files (.keras,
.h5), SavedModel folders, and zips of these. What the file says is used; what it does not say has to be said.

python -m models.add --predictions FOLDER --dataset camvid --split val

adds the label maps or scores that some other program gave for the pictures of a split, as a model that is not run.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from data import class_files
from data.label_space import BACKGROUND
from models.added import adding
from models.added.adding_predictions import add_predictions
from models.added.answers import Answers, check
from models.added.describing import describe
from models.added.description import Description
from models.added.facts import Guess, Guesses, ModelFacts
from models.added.model import AddedModel

OF_FILES = (
    *("classes", "input_size", "colour", "range", "mean", "std", "resize", "output", "output_name", "threshold"),
    *("void", "engine"),
)
"""The options that describe the file of a model."""


def main() -> int:
    """Run the command line."""
    arguments = _arguments(sys.argv[1:])
    if arguments.predictions is not None:
        return _add_predictions(arguments)
    if arguments.file is None:
        raise UserError("give the file of a model, or --predictions FOLDER with --dataset NAME")
    if arguments.split is not None or arguments.data_dir is not None:
        raise UserError(f"{'--data-dir' if arguments.split is None else '--split'}: goes with --predictions only")
    answers = _answers(arguments)
    check(answers)
    name = adding.check_name(adding.default_name(arguments.file) if arguments.name is None else arguments.name)
    with adding.staged(arguments.file, answers.input_size) as prepared:
        described = describe(prepared.facts, prepared.original, answers)
        opinion = second_opinion(prepared, described)
        model = adding.save(prepared, described, name)
    print(report(model, prepared.facts, answers))
    if opinion:
        print(opinion)
    print(f"\nadded in {model.path}; use it with: python -m models.predict --model {model.name} --input PICTURES ...")
    return 0


def _add_predictions(arguments: argparse.Namespace) -> int:
    """Add the predictions of another program."""
    if arguments.dataset is None or arguments.file is not None:
        raise UserError("--predictions FOLDER goes with --dataset NAME, and without FILE")
    if given := next((name for name in OF_FILES if getattr(arguments, name) is not None), None):
        raise UserError(f"--{given.replace('_', '-')}: goes with FILE, not with --predictions")
    split = arguments.split or "val"
    model = add_predictions(arguments.predictions, arguments.dataset, split, arguments.name, arguments.data_dir)
    described = model.description
    print(f"added {described.pictures} predictions in {model.path}")
    print(f"read as {'scores, resized before the decision' if described.has_confidence else described.reading}")
    print(f"score them with: python -m train.evaluate {model.name} --split {split}")
    return 0


def second_opinion(prepared: adding.Staged, described: Description) -> str:
    """Return a line about what ONNX Runtime makes of a model; empty where it is not asked."""
    try:
        same = adding.agreement(prepared, described)
    except UserError as error:
        return f"ONNX Runtime was not compared: {error}"
    return "" if same is None else f"ONNX Runtime gives {same:.2%} of a photograph's pixels the same class"


def report(model: AddedModel, facts: ModelFacts, answers: Answers) -> str:
    """Return what a model was taken for, and why, as a table for the terminal."""
    described = model.description
    guesses, of_input, output = facts.guesses, described.input, described.output

    def reason(guess: Guess[Any], value: object, answer: object = None) -> str:
        return guess.reason if guess.value == value and answer is None else "as asked for"

    kind = reason(guesses.output, output.kind.removesuffix("_logits"), answers.output)
    scaled = answers.input_range or answers.mean  # the mean goes with the range
    parameters = "an unknown number of" if facts.parameters is None else f"{facts.parameters:,}"
    rows = [
        ("network", f"{model.network}, {parameters} parameters", facts.producer),
        ("input size", "x".join(map(str, of_input.size)), reason(guesses.input_size, of_input.size)),
        ("layout", of_input.layout, reason(guesses.layout, of_input.layout)),
        ("colour", of_input.colour, reason(guesses.colour, of_input.colour, answers.colour)),
        ("range", f"{of_input.range[0]:g}..{of_input.range[1]:g}", reason(guesses.range, of_input.range, scaled)),
        ("mean, std", f"{of_input.mean}, {of_input.std}", reason(guesses.mean, of_input.mean, scaled)),
        ("resize", of_input.resize, reason(guesses.resize, of_input.resize, answers.resize)),
        ("output", f"{output.kind} in {output.name}", kind),
        ("classes", ", ".join(described.classes.names), _naming(described, guesses, answers)),
    ]
    lines = [f"{title:12}{value}" + (f"   ({reason})" if reason else "") for title, value, reason in rows]
    return "\n".join([*lines, *(f"note: {warning}" for warning in facts.warnings)])


def _naming(described: Description, guesses: Guesses, answers: Answers) -> str:
    """Return where the names of the classes are from."""
    names = described.classes.names
    said = answers.classes or guesses.class_names.value
    source = "as asked for" if answers.classes else guesses.class_names.reason
    if said and names == [BACKGROUND, *said]:
        return f"{source}; the network has one class more, which is taken as its background"
    if said and names == list(said):
        return source
    return "as asked for" if described.classes.dataset is None else f"of {described.classes.dataset}, in its order"


def _answers(arguments: argparse.Namespace) -> Answers:
    """Return what the options say. Raises ``UserError`` if they contradict each other."""
    if (arguments.mean is None) != (arguments.std is None):
        raise UserError("--mean and --std belong together; give both, or neither")
    return Answers(
        classes=None if arguments.classes is None else _class_names(arguments.classes),
        dataset=arguments.dataset,
        input_size=arguments.input_size,
        colour=arguments.colour,
        input_range=arguments.range,
        mean=arguments.mean,
        std=arguments.std,
        resize=arguments.resize,
        output=None if arguments.output == "auto" else arguments.output,
        output_name=arguments.output_name,
        threshold=arguments.threshold,
        void=arguments.void,
        engine=arguments.engine,
    )


def _class_names(text: str) -> tuple[str, ...]:
    """Return the names in ``a,b,c`` or in a file."""
    if os.path.isfile(text):  # noqa: PTH113 - a list of names may be longer than a path can be
        return class_files.in_order(class_files.read(Path(text)), text)
    names = tuple(name.strip() for name in text.split(","))
    if len(names) == 1 and ("/" in text or Path(text).suffix in class_files.ENDINGS):
        raise UserError(f"--classes: there is no file {text}")
    if not all(names):
        raise UserError(f"--classes: {text!r} has an empty name; separate the names by single commas")
    return names


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} must be height x width in pixels, such as 256x512")
    return int(height), int(width)


def _numbers(count: int, example: str) -> Callable[[str], tuple[float, ...]]:
    def parse(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if len(values) != count:
            raise argparse.ArgumentTypeError(f"{text!r} must be {count} numbers separated by commas, such as {example}")
        return values

    return parse


def _joined(words: Sequence[str]) -> list[str]:
    """Join ``--range -1,1`` to ``--range=-1,1``: argparse takes what begins with a minus for another option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in ("--range", "--mean", "--std") and word[:1] == "-" and word[1:2] != "-":
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = ArgumentParser(prog="python -m models.add", description="Add a model that some other program wrote.")
    parser.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="ONNX, OpenVINO IR, TFLite, Keras, or a zip of one"
    )
    folder = "instead of a model: label maps or scores that it gave for the pictures of a split, named after them"
    parser.add_argument("--predictions", type=Path, metavar="FOLDER", help=folder)
    parser.add_argument("--split", help="split that --predictions are for (default: val)")
    datasets = "folder with the datasets (default: $SEGDECK_DATA, else datasets/)"
    parser.add_argument("--data-dir", type=Path, help=datasets)
    parser.add_argument("--name", help="name of the model here (default: that of the file)")
    parser.add_argument("--classes", metavar="A,B,C|FILE", help="class names in the order of the output")
    parser.add_argument("--dataset", metavar="NAME", help="the dataset whose classes it predicts")
    parser.add_argument("--input-size", type=_size, metavar="HxW", help="for networks that take any size")
    parser.add_argument("--colour", choices=["RGB", "BGR"], help="order of the channels (default: RGB)")
    parser.add_argument("--range", type=_numbers(2, "0,1"), metavar="LO,HI", help="what 0 and 255 become")
    parser.add_argument(
        "--mean", type=_numbers(3, "0.485,0.456,0.406"), metavar="R,G,B", help="in the units of --range"
    )
    parser.add_argument("--std", type=_numbers(3, "0.229,0.224,0.225"), metavar="R,G,B", help="in the units of --range")
    parser.add_argument("--resize", choices=["stretch", "letterbox"], help="how a picture is fitted (default: stretch)")
    kinds = ["auto", "probabilities", "logits", "labels", "binary"]
    parser.add_argument("--output", choices=kinds, help="what the output holds (default: auto)")
    parser.add_argument("--output-name", metavar="NAME", help="which output, if there are several")
    parser.add_argument("--threshold", type=float, help="probability from which a binary network says yes")
    parser.add_argument("--void", metavar="CLASS", help="the class that is never predicted")
    engines = ["openvino", "litert", "onnxruntime"]
    parser.add_argument("--engine", choices=engines, help="what runs it (default: LiteRT for TFLite, else OpenVINO)")
    return parser.parse_args(_joined(words))


if __name__ == "__main__":
    run(main)
