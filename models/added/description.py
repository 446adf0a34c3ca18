"""The typed, strict schema of ``model.yaml``, which says how a network that came as a file is called.

It can be written by hand just as well as by ``python -m models.add``.
"""

from pathlib import Path
from typing import Annotated, Literal, NoReturn

from pydantic import Field, Strict, ValidationInfo, field_validator, model_validator

from configs import schema, text_files
from configs.errors import ConfigError, UserError
from configs.schema import Name, Probability, Section, Side
from configs.yaml_loader import dump_yaml, load_yaml
from data import colours, datasets
from data.dataset import Dataset
from data.label_space import LabelSpace
from data.shared_classes import covered

FILE = "model.yaml"
"""Name of the description in the model's folder."""
MAX_BYTES = 1 << 20
"""The largest description; that of 150 classes has 10 kB."""

Number = Annotated[float, Field(allow_inf_nan=False)]
Triple = Annotated[tuple[Number, Number, Number], Strict(False)]
FileName = Annotated[str, Field(pattern=r"^[^/\\\x00]+$", max_length=255)]
ClassName = Annotated[str, Field(pattern=r"^\S(.*\S)?$", max_length=100)]

RUNNABLE: dict[str, tuple[Literal["openvino", "litert", "onnxruntime"], ...]] = {
    "onnx": ("openvino", "onnxruntime"),
    "openvino": ("openvino",),
    "tflite": ("litert", "openvino"),
}
"""The engines that read each format, the usual one first."""


class Input(Section):
    """How a picture becomes the network's input."""

    name: str | None
    """Name of the input in the file; null for the only one."""
    size: Annotated[tuple[Side, Side], Strict(False)]
    """Height and width in pixels."""
    layout: Literal["NHWC", "NCHW"]
    colour: Literal["RGB", "BGR"]
    range: Annotated[tuple[Number, Number], Strict(False)]
    """What the pixel values 0 and 255 become before ``mean`` and ``std`` are applied."""
    mean: Triple | None
    """Subtracted from red, green and blue, in the units of ``range`` (null: nothing)."""
    std: Triple | None
    """Red, green and blue are divided by this after ``mean`` is subtracted (null: by 1)."""
    resize: Literal["stretch", "letterbox"]
    padding: Annotated[int, Field(ge=0, le=255)]
    """Grey value around a letterboxed picture, before anything else is applied."""

    @model_validator(mode="after")
    def _check(self) -> "Input":
        if not self.range[0] < self.range[1]:
            raise ValueError(f"range must go from small to large, not from {self.range[0]:g} to {self.range[1]:g}")
        if self.std is not None and min(self.std) <= 0:
            raise ValueError(f"std must be above 0 in every channel, not {min(self.std):g}")
        return self


class Output(Section):
    """What the network returns."""

    name: str | None
    """Name of the output in the file; null for the first."""
    kind: Literal["probabilities", "logits", "labels", "binary", "binary_logits"]
    """Scores of every class, label ids, or one channel for one class against a background."""
    layout: Literal["NHWC", "NCHW", "NHW", "HW"]
    """NHW and HW have no axis for channels: labels, or one channel."""
    threshold: Probability | None
    """Probability from which a binary network says yes (null for all other kinds)."""

    @model_validator(mode="after")
    def _check(self) -> "Output":
        if (self.threshold is not None) != self.kind.startswith("binary"):
            raise ValueError(f"threshold must be {'set' if self.threshold is None else 'null'} for {self.kind}")
        if "C" not in self.layout and self.kind in ("probabilities", "logits"):
            raise ValueError(f"layout must be NHWC or NCHW for {self.kind}, which have a channel for each class")
        return self


class Classes(Section):
    """What the channels or ids of the output mean."""

    names: Annotated[list[ClassName], Field(min_length=1, max_length=255)]
    """One per channel or id, in order; for a binary network the background and the class."""
    dataset: Name | None
    """The dataset that these are classes of (null: the model has classes of its own)."""
    colours: list[str] | None
    """One ``#rrggbb`` per name (null: the dataset's, or distinct ones)."""
    void: str | None
    """The class that is never predicted (null: none)."""
    concepts: dict[str, list[str]]
    """What classes mean in terms of ``data.shared_classes``, to compare them with other datasets'; may be empty."""

    @model_validator(mode="after")
    def _check(self) -> "Classes":
        if self.dataset is not None and (self.colours is not None or self.concepts):
            key = "concepts" if self.concepts else "colours"
            raise ValueError(f"{key} must be empty, because those of the dataset {self.dataset} are used")
        return self


class Source(Section):
    """Where the file came from."""

    files: Annotated[list[FileName], Field(min_length=1)]
    """All files that belong to the network; the first is read, the others are found through it."""
    format: Literal["onnx", "openvino", "tflite"]
    original: str
    """Name of the file that was added, such as a Keras file that was converted."""
    producer: str
    """The program that wrote it, as it says, possibly empty."""
    parameters: Annotated[int, Field(ge=0)] | None
    """Number of weights (null: unknown)."""


class Description(Section):
    """Everything there is to know to run a network."""

    source: Source
    engine: Literal["openvino", "litert", "onnxruntime"]
    input: Input
    output: Output
    classes: Classes
    smallest_object: Probability
    """Minimum size of an object, as a share of the picture's pixels."""

    @field_validator("engine")
    @classmethod
    def _engine_reads_the_format(cls, engine: str, info: ValidationInfo) -> str:
        source = info.data.get("source")  # absent if it is not valid itself
        if source is not None and engine not in RUNNABLE[source.format]:
            raise ValueError(f"must be {' or '.join(RUNNABLE[source.format])} for {source.format}, not {engine}")
        return engine


def load(path: Path) -> Description:
    """Read a ``model.yaml``. Raises ``ConfigError`` if it is not valid; the message has the key's full path."""
    return parse(text_files.read(path, "the description of a model", MAX_BYTES), str(path))


def parse(text: str, origin: str) -> Description:
    """Read a description from YAML text; ``origin`` names it in errors. Raises as ``load`` does."""
    content = load_yaml(text, origin)
    if not isinstance(content, dict):
        keys = ", ".join(Description.model_fields)
        raise ConfigError(f"{origin}: the description of a model is a mapping with the keys {keys}")
    description = schema.validate(Description, content, origin)
    try:
        check_classes(description)
    except UserError as error:
        raise ConfigError(f"{origin}: classes: {error}") from error
    return description


def dump(description: Description) -> str:
    """Return a description as YAML that ``parse`` reads back to an equal one."""
    return dump_yaml(description.model_dump(mode="json"))


def check_classes(description: Description) -> None:
    """Raise ``UserError`` unless the classes form a label space that suits the output."""
    names = description.classes.names
    if description.output.kind.startswith("binary") and len(names) != 2:
        raise UserError(f"a binary network has two classes, its background and another, not {len(names)}")
    if len(set(names)) < len(names):
        raise UserError(
            f"the names must differ, but {next(one for one in names if names.count(one) > 1)!r} is repeated"
        )
    try:
        covered(dataset_of(description, "model"))
    except ValueError as error:
        raise UserError(str(error)) from error


def dataset_of(description: Description, name: str) -> Dataset:
    """Return the dataset whose classes a network predicts; one of its own, called ``name``, stands for none.

    Raises ``UserError`` if there is no such dataset, or the names are not its classes or form no label space.
    """
    classes = description.classes
    if classes.dataset is not None:
        dataset = datasets.get(classes.dataset)
        space = dataset.label_space
        void = None if space.void is None else space.names[space.void]
        if classes.void not in (None, void):
            raise UserError(f"void must be {void!r}, as in {dataset.name}, or null, not {classes.void!r}")
        for known in classes.names:
            space.id_of(known)
        return dataset
    if classes.void is not None and classes.void not in classes.names:
        raise UserError(f"void must be one of {', '.join(classes.names)}, not {classes.void!r}")
    palette = tuple(classes.colours or colours.distinct(len(classes.names)))
    void_id = None if classes.void is None else classes.names.index(classes.void)
    space = LabelSpace(tuple(classes.names), palette, void_id)
    concepts = {key: tuple(values) for key, values in classes.concepts.items()}
    return Dataset(
        name=f"{name} (own classes)",
        title=f"own classes of {name}",
        folder="",
        label_space=space,
        licence="",
        homepage="",
        kind=None,
        pairs=_no_pictures,
        read_mask=_no_pictures,
        concepts=concepts,
    )


def ids_of(description: Description, space: LabelSpace) -> tuple[int, ...]:
    """Return the id in ``space`` of each channel or label of a network."""
    return tuple(space.id_of(name) for name in description.classes.names)


def _no_pictures(*_: object) -> NoReturn:
    raise UserError("a model's own classes come without pictures")
