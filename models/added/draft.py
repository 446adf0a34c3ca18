"""A description of a model file under construction: what its reader found so far."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from models.added.facts import FileFormat, Guess, Port

Question = Literal[
    "input_size",
    "layout",
    "colour",
    "range",
    "mean",
    "std",
    "resize",
    "output_name",
    "output",
    "class_names",
    "void",
    "first_id",
]
"""The questions of ``facts.Guesses`` that a file, or one beside it, may answer."""


@dataclass
class Draft:
    """What a reader learns from a file before the network runs.

    ``path`` is the file that the engine loads. ``hints`` answers some of the questions of ``facts.Guesses``.
    """

    path: Path
    format: FileFormat
    files: tuple[str, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    parameters: int | None = None
    producer: str = ""
    task: str | None = None
    hints: dict[Question, Guess[Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def hint(self, question: Question, value: Any, reason: str, *, certain: bool = True) -> None:
        """Answer a question, unless it is answered already and the new answer is no more certain."""
        known = self.hints.get(question)
        if known is None or (certain and not known.certain):
            self.hints[question] = Guess(value=value, certain=certain, reason=reason)
