"""What a model's file is sure of, which is told and not asked."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from models.added.facts import Guess, ModelFacts
from pages.models.add_model.form import KINDS, RESIZE
from pages.shared.ui.layout import escape_markdown


def draw(facts: ModelFacts) -> None:
    """Draw what the file is sure of, with the reasons."""
    rows = certain(facts)
    st.markdown("**The file says**" if rows else "The file says nothing of how it is called.")
    lines = [f"- {title}: {escape_markdown(value)}; {escape_markdown(why)}" for title, (value, why) in rows.items()]
    st.markdown("\n".join(lines))


def certain(facts: ModelFacts) -> dict[str, tuple[str, str]]:
    """Return what the file is sure of: title to value and reason."""
    guesses = facts.guesses
    scaled = guesses.range.certain and guesses.mean.certain and guesses.std.certain
    names = guesses.class_names
    rows: dict[str, tuple[Guess[Any], Callable[[Any], str]]] = {
        "Input size": (guesses.input_size, "{0[0]} × {0[1]}".format),
        "Axes of the input": (guesses.layout, str),
        "Colours": (guesses.colour, str),
        "Pictures are": (guesses.resize, lambda value: RESIZE[value].lower()),
        "Output": (guesses.output_name, str),
        "The output holds": (guesses.output, lambda value: KINDS[value].lower()),
        "Axes of the output": (guesses.output_layout, str),
    }
    found = {title: (form(guess.value), guess.reason) for title, (guess, form) in rows.items() if guess.certain}
    if scaled:
        low, high = guesses.range.value
        text = f"{low:g} to {high:g}"
        for title, triple in (("mean", guesses.mean.value), ("deviation", guesses.std.value)):
            text += f", {title} {', '.join(f'{value:g}' for value in triple)}" if triple else ""
        found["Pixel values become"] = text, guesses.range.reason
    if names.certain and names.value:
        found["Classes"] = ", ".join(names.value), names.reason
    return found
