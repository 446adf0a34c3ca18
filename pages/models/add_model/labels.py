"""How the questions of the form are worded."""

from typing import Any

from models.added.facts import Guess
from pages.shared.ui.layout import escape_markdown


def guessed(label: str) -> str:
    """Mark a label as that of a guess."""
    return f"{label} *(a guess)*"


def because(guess: Guess[Any]) -> str:
    """Return the reason of a guess as a sentence."""
    return f"{escape_markdown(guess.reason[:1].upper() + guess.reason[1:])}."
