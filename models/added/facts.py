"""What was found out about a stranger's model file: facts, and a guess for every question that the file leaves open."""

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

FileFormat = Literal["onnx", "openvino", "tflite"]
Layout = Literal["NHWC", "NCHW"]
OutputLayout = Literal["NHWC", "NCHW", "NHW", "HW"]
Colour = Literal["RGB", "BGR"]
Resize = Literal["stretch", "letterbox"]
OutputKind = Literal["probabilities", "logits", "labels", "binary"]
Triple = tuple[float, float, float]

Value = TypeVar("Value")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Guess(_Frozen, Generic[Value]):
    """An answer to one question of the form.

    Attributes:
        value: The answer.
        certain: Whether the file or a file beside it says so; otherwise somebody should look at it.
        reason: Why, as the end of a sentence.
    """

    value: Value
    certain: bool
    reason: str


class Port(_Frozen):
    """An input or output of a network.

    Attributes:
        name: Its name in the file; ``input0`` or ``output0``, by position, where the file gives none.
        shape: One length per axis; None where it may vary.
        dtype: A numpy name such as ``float32``.
        scale: A quantised value ``v`` means ``(v - zero_point) * scale``; None if it isn't quantised.
        zero_point: See ``scale``.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    scale: float | None = None
    zero_point: int | None = None


class Guesses(_Frozen):
    """One guess per question.

    Attributes:
        input_size: Height and width of the network's input. Where it takes any size, one that works.
        layout: Order of the input's axes.
        colour: Order of the input's channels.
        range: What 0 and 255 become.
        mean: Subtracted after that, in the units of ``range``, one for each channel in the order red, green, blue;
            None for nothing.
        std: Divided by after that, likewise.
        resize: How a picture is brought to the input's size.
        output_name: The output to use.
        output: What it holds. ``binary`` is one channel of scores for the second of two classes.
        threshold: Of a ``binary`` output: 0.5 of a probability, 0 of a logit. None for other outputs.
        output_layout: Order of the output's axes.
        output_size: Height and width of the output at ``input_size``.
        channels: Number of classes; None for label maps whose classes nothing names.
        class_names: One name per class in the order of the output; None if nothing names them.
        void: The class whose pixels mean nothing, or None.
        first_id: What class 0 of the network is in the masks of its dataset: 1 where those keep 0 for void (ADE20K).
    """

    input_size: Guess[tuple[int, int]]
    layout: Guess[Layout]
    colour: Guess[Colour]
    range: Guess[tuple[float, float]]
    mean: Guess[Triple | None]
    std: Guess[Triple | None]
    resize: Guess[Resize]
    output_name: Guess[str]
    output: Guess[OutputKind]
    threshold: Guess[float | None]
    output_layout: Guess[OutputLayout]
    output_size: Guess[tuple[int, int]]
    channels: Guess[int | None]
    class_names: Guess[tuple[str, ...] | None]
    void: Guess[int | None]
    first_id: Guess[int]


class ModelFacts(_Frozen):
    """What a model file says and what it leaves open.

    Attributes:
        format: Which engine reads the files.
        files: Names of all files that belong together, the main one first.
        inputs: The network's inputs; exactly one, a picture.
        outputs: Its outputs, in the order of the file.
        parameters: Number of weights, or None if they can't be counted.
        producer: The program that wrote the file; empty if unknown.
        task: What the file says it is for, such as ``semantic``.
        engine: The engine on which it ran, such as ``OpenVINO 2026.4.1 float32``.
        seconds: How long one picture took there.
        guesses: The answers to the questions of the form.
        warnings: Sentences that should be read before the model is used.
    """

    format: FileFormat
    files: tuple[str, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    parameters: int | None
    producer: str
    task: str | None
    engine: str
    seconds: float
    guesses: Guesses
    warnings: tuple[str, ...]

    @property
    def any_size(self) -> bool:
        """Whether the network takes pictures of any height and width."""
        shape = self.inputs[0].shape
        sides = shape[2:] if self.guesses.layout.value == "NCHW" else shape[1:3]
        return None in sides
