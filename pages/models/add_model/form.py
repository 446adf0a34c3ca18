"""The questions that a model's file leaves open, each with a guess and its reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from configs.errors import UserError
from models.added import adding, describing
from models.added.describing import Answers
from models.added.facts import Guess, ModelFacts, Triple
from models.added.guesses import IMAGENET_MEAN, IMAGENET_STD
from models.added.model import ENGINES
from pages.models.add_model import class_form
from pages.models.add_model.labels import because, guessed

Value = TypeVar("Value")


@dataclass(frozen=True)
class Scaling:
    """What pixel values become: the range of 0 and 255; then ``mean`` is subtracted, and ``std`` divides."""

    range: tuple[float, float]
    mean: Triple | None = None
    std: Triple | None = None


SCALINGS = {
    "0 to 1": Scaling((0.0, 1.0)),
    "-1 to 1": Scaling((-1.0, 1.0)),
    "0 to 255": Scaling((0.0, 255.0)),
    "ImageNet": Scaling((0.0, 1.0), IMAGENET_MEAN, IMAGENET_STD),
}
OTHER = "Other"
KINDS = {
    "probabilities": "Probabilities",
    "logits": "Logits",
    "labels": "Class ids",
    "binary": "One channel with a threshold",
}
RESIZE = {"stretch": "Stretched", "letterbox": "Padded"}
_MAX_SIDE = 4096


@dataclass(frozen=True)
class Form:
    """The questions about one candidate.

    Attributes:
        facts: What is known of it.
        key: Start of the widgets' keys.
        beside: Where the questions that a look at the mask answers are drawn.
        below: Where all others are drawn.
        problems: One sentence for each answer that makes no sense.
    """

    facts: ModelFacts
    key: str
    beside: DeltaGenerator
    below: DeltaGenerator
    problems: list[str] = field(default_factory=list)

    def answers(self) -> Answers:
        """Draw the questions and return the answers; senseless ones are left out and named in ``problems``."""
        guesses = self.facts.guesses
        with self.beside:
            colour = self._choice("Colours", "colour", guesses.colour, ["RGB", "BGR"], "Do they look swapped? Try BGR.")
            scaling = self._sensible(self._scaling)
            resize = self._choice("Pictures are", "resize", guesses.resize, ["stretch", "letterbox"], titles=RESIZE)
        with self.below:
            layout = self._choice("Axes of the input", "layout", guesses.layout, ["NCHW", "NHWC"])
            size = self._size()
            output_name = self._output_name()
            kind = self._kind()
            threshold = self._threshold(kind or guesses.output.value)
            engine = self._engine()
            classes = self._sensible(lambda: class_form.draw(self.facts, kind or guesses.output.value, self.key))
        classes = classes or class_form.ClassAnswers()
        return Answers(
            classes=classes.names,
            dataset=classes.dataset,
            input_size=size,
            layout=layout,
            colour=colour,
            input_range=None if scaling is None else scaling.range,
            mean=None if scaling is None else scaling.mean,
            std=None if scaling is None else scaling.std,
            resize=resize,
            output=kind,
            output_name=output_name,
            threshold=threshold,
            void=classes.void,
            engine=engine,
        )

    def _sensible(self, draw: Callable[[], Value]) -> Value | None:
        """Draw a question; if the answer makes no sense, remember why and return None."""
        try:
            return draw()
        except UserError as error:
            self.problems.append(str(error))
            return None

    def _bound(self, question: str) -> dict[str, Any]:
        """Return the arguments that keep the answer to a question while the visitor is on another page."""
        return {"key": f"{self.key}_{question}", "persist_state": "session"}

    def _choice(
        self,
        label: str,
        question: str,
        guess: Guess[Any],
        options: Sequence[str],
        hint: str = "",
        titles: Mapping[str, str] | None = None,
    ) -> Any:
        """Draw the choice of one of few options; nothing, and None, if the file is sure of it."""
        if guess.certain:
            return None
        chosen = st.segmented_control(
            guessed(label),
            options,
            default=guess.value,
            required=True,
            format_func=lambda option: (titles or {}).get(option, option),
            help=because(guess),
            **self._bound(question),
        )
        if hint:
            st.caption(hint)
        return chosen

    def _scaling(self) -> Scaling | None:
        """Draw the choice of what pixel values become; None if the file is sure of it."""
        guesses = self.facts.guesses
        if guesses.range.certain and guesses.mean.certain and guesses.std.certain:
            return None
        guess = Scaling(guesses.range.value, guesses.mean.value, guesses.std.value)
        names = [*SCALINGS, OTHER]
        usual = next((name for name, scaling in SCALINGS.items() if scaling == guess), OTHER)
        reasons = dict.fromkeys((guesses.range.reason, guesses.mean.reason))
        chosen = st.radio(
            guessed("Pixel values become"),
            names,
            index=names.index(usual),
            help=f"{'; '.join(reasons).capitalize()}. ImageNet: 0 to 1, then its mean and deviation.",
            **self._bound("scaling"),
        )
        st.caption("Is the mask noise, or one class? Try another range.")
        return self._other_scaling(guess) if chosen == OTHER else SCALINGS[chosen]

    def _other_scaling(self, guess: Scaling) -> Scaling:
        """Draw fields for a range, mean and deviation. Raises ``UserError`` if they make no sense."""
        with st.container(horizontal=True):
            low = st.number_input("0 becomes", value=guess.range[0], width=120, **self._bound("low"))
            high = st.number_input("255 becomes", value=guess.range[1], width=120, **self._bound("high"))
        mean = self._triple("Mean of red, green, blue", "mean", guess.mean)
        std = self._triple("Deviation of red, green, blue", "std", guess.std)
        if low >= high:
            raise UserError(f"255 must become more than 0 does, not {high:g} and {low:g}")
        if std is not None and min(std) <= 0:
            raise UserError(f"the deviations must be above 0, not {min(std):g}")
        return Scaling((low, high), mean, std)

    def _triple(self, label: str, question: str, guess: Triple | None) -> Triple | None:
        """Draw a field for three numbers; empty is None. Raises ``UserError`` if it holds anything else."""
        about = "Three numbers in the units of the range above, such as 0.485, 0.456, 0.406; empty for none."
        shown = ", ".join(f"{value:g}" for value in guess or ())
        text = st.text_input(label, shown, help=about, **self._bound(question)) or ""
        if not text.strip():
            return None
        try:
            red, green, blue = map(float, text.replace(",", " ").split())
        except ValueError:
            raise UserError(
                f"{label.lower()} must be three numbers such as 0.485, 0.456, 0.406, not {text!r}"
            ) from None
        return red, green, blue

    def _size(self) -> tuple[int, int] | None:
        """Draw the input's size where it is free."""
        guess = self.facts.guesses.input_size
        if not self.facts.any_size or guess.certain:
            return None
        about = f"Of the network's input, in pixels. {because(guess)} A multiple of 32 suits most networks."
        with st.container(horizontal=True):
            height, width = (
                st.number_input(
                    guessed(f"Input {side}"), 8, _MAX_SIDE, value, 32, help=about, width=170, **self._bound(side)
                )
                for side, value in zip(("height", "width"), guess.value, strict=True)
            )
        return height, width

    def _output_name(self) -> str | None:
        """Draw the choice of the output where several could be meant."""
        guess, names = self.facts.guesses.output_name, [port.name for port in self.facts.outputs]
        if guess.certain or len(names) == 1 or guess.value not in names:
            return None
        index = names.index(guess.value)
        about = because(guess)
        return st.selectbox(guessed("Output"), names, index, help=about, width=340, **self._bound("output_name"))

    def _kind(self) -> describing.Kind | None:
        """Draw the choice of what the output holds."""
        guess = self.facts.guesses.output
        options = [kind for kind in KINDS if kind != "binary" or guess.value == "binary"]
        kind: describing.Kind | None = self._choice("The output holds", "kind", guess, options, titles=KINDS)
        return kind

    def _threshold(self, kind: str) -> float | None:
        """Draw the threshold of a binary network."""
        if kind != "binary":
            return None
        about = f"Probability from which a pixel belongs to the class: {self.facts.guesses.threshold.reason}."
        return st.slider("Threshold", 0.0, 1.0, 0.5, 0.01, help=about, width=340, **self._bound("threshold"))

    def _engine(self) -> describing.EngineName | None:
        """Draw the choice of the engine where there is one."""
        engines = {"tflite": ["litert", "openvino"], "onnx": ["openvino", "onnxruntime"]}.get(self.facts.format, [])
        engines = [name for name in engines if name != "onnxruntime" or adding.has_onnxruntime()]
        if len(engines) < 2:
            return None
        about = "The first is usual for such files. To compare two engines, add the file twice."
        chosen = st.segmented_control(
            "Engine", engines, default=engines[0], required=True, format_func=ENGINES.__getitem__, help=about,
            **self._bound("engine"),
        )  # fmt: skip
        return cast("describing.EngineName", chosen)
