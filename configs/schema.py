"""The typed, strict schema of an experiment.

Every key is required and nothing is inherited, so a YAML describes its experiment completely; only keys that are newer
than a config may be missing in it (``LATER``). ``models.architectures`` checks what depends on the network: its own
options, and that the image size is divisible by its output stride.
"""

import reprlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, Strict, StringConstraints, ValidationError, model_validator

from configs import text_files
from configs.errors import ConfigError
from configs.yaml_loader import dump_yaml, load_yaml

S = TypeVar("S", bound=BaseModel)

MAX_BYTES = 1 << 16
"""The largest config; ours have 4 kB."""
TOLD = 5
"""How many faults of a config are told at once."""

LATER: dict[str, Any] = {
    "data.augment.gamma": 0.0,
    "data.augment.blur": 0.0,
    "data.augment.copy_paste": None,
    "train.repeat_threshold": None,
    "train.keep": "best",
}
"""Keys that older configs lack, with the values that leave a training as it was."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$")]
Probability = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=8, le=4096)]


class Section(BaseModel):
    """A part of a config: unknown keys, missing keys and wrong types are rejected; values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _check_range(scale: tuple[float, float]) -> None:
    if scale[0] > scale[1]:
        raise ValueError(f"scale must go from small to large, not from {scale[0]} to {scale[1]}")


class CopyPaste(Section):
    """Objects of other training images are pasted in (Ghiasi et al. 2021, https://arxiv.org/abs/2012.07177)."""

    probability: Probability
    """Probability that an image gets an object."""
    classes: Annotated[list[str], Field(min_length=1)]
    """The classes that are pasted, each as often as any other."""


class Augment(Section):
    """How a training image is augmented. Image and mask always get the same geometry."""

    flip: Probability
    """Probability of a left-right flip."""
    scale: Annotated[tuple[Positive, Positive], Strict(False)]
    """Range of the random zoom, relative to the image fitted into the network's input; above 1 crops, below 1 pads."""
    aspect: Annotated[float, Field(ge=0, lt=1)]
    """Largest relative change of the aspect ratio: 0.2 draws from 1/1.2 to 1.2."""
    rotation: Annotated[float, Field(ge=0, le=180)]
    """Largest rotation to either side, in degrees."""
    brightness: Probability
    contrast: Probability
    saturation: Probability
    """Largest relative change of brightness, contrast and saturation."""
    hue: Annotated[float, Field(ge=0, le=0.5)]
    """Largest shift of hue, as a part of the colour circle."""
    gamma: NotNegative
    """Largest natural logarithm of the exponent of brightness, either way; above 1 the exponent darkens, as at dusk."""
    blur: NotNegative
    """Largest standard deviation of a Gaussian blur, in pixels of the network's input; half of the images get none."""
    copy_paste: CopyPaste | None
    """Null to paste nothing."""

    @model_validator(mode="after")
    def _scale_is_a_range(self) -> "Augment":
        _check_range(self.scale)
        return self


class Data(Section):
    """The network's input, in training and in prediction."""

    dataset: Name
    """A name that ``data.datasets.names()`` lists."""
    image_size: Annotated[tuple[Side, Side], Strict(False)]
    """Height and width of the network's input, in pixels."""
    resize: Literal["stretch", "letterbox"]
    """How an image of another shape is brought to ``image_size``: distorted to fill it, or whole with padding."""
    input_range: Annotated[tuple[float, float], Strict(False)]
    """Values of the pixel values 0 and 255 in the network's input."""
    limit: Annotated[int, Field(ge=1)] | None
    """Use only this many images of each split (null: all of them)."""
    augment: Augment

    @model_validator(mode="after")
    def _input_range_is_a_range(self) -> "Data":
        if not self.input_range[0] < self.input_range[1]:
            low, high = self.input_range
            raise ValueError(f"input_range must go from small to large, not from {low} to {high}")
        return self


class Model(BaseModel):
    """The network; all other keys belong to the architecture, which checks them just as strictly."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    architecture: Name
    """A name that ``models.architectures.names()`` lists."""

    @property
    def options(self) -> dict[str, Any]:
        """The keys beside ``architecture``."""
        return dict(self.model_extra or {})


class Cosine(Section):
    """Linear warm-up, then half a cosine down to ``final`` times the learning rate."""

    kind: Literal["cosine"]
    warmup_epochs: NotNegative
    final: Probability


class CosineRestarts(Section):
    """Linear warm-up, then repeated half cosines, each from the full learning rate (Loshchilov and Hutter 2017)."""

    kind: Literal["cosine_restarts"]
    warmup_epochs: NotNegative
    final: Probability
    restarts: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)]
    """The epochs after which the learning rate returns to its maximum."""


class Plateau(Section):
    """Linear warm-up, then times ``factor`` whenever val mIoU has not risen for ``patience`` epochs."""

    kind: Literal["plateau"]
    warmup_epochs: NotNegative
    factor: Annotated[float, Field(gt=0, lt=1)]
    patience: Annotated[int, Field(ge=1)]


class Loss(Section):
    """A weighted sum of losses over the scored pixels."""

    cross_entropy: NotNegative
    """Weight of the cross-entropy."""
    dice: NotNegative
    """Weight of the soft Dice loss (Milletari et al. 2016), averaged over the classes in the batch."""
    lovasz: NotNegative
    """Weight of the Lovasz-Softmax loss (Berman et al. 2018) over the classes in the batch."""
    focal_gamma: NotNegative
    """Focusing exponent of the cross-entropy (Lin et al. 2017); 0 turns it off."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    """Share of the probability spread evenly over the scored classes."""
    class_weight_power: Probability
    """Cross-entropy weights: class frequency in the training masks to the power of minus this; 0 is unweighted."""

    @model_validator(mode="after")
    def _something_is_minimised(self) -> "Loss":
        if self.cross_entropy + self.dice + self.lovasz == 0:
            raise ValueError("at least one of cross_entropy, dice and lovasz must be above 0")
        return self


class Encoder(Section):
    """How a pre-trained encoder is treated."""

    frozen_epochs: Annotated[int, Field(ge=0)]
    """Number of epochs at the start in which its weights do not change."""
    learning_rate_factor: Annotated[float, Field(gt=0, le=1)]
    """Its learning rate afterwards, relative to the decoder's."""


class SmallStart(Section):
    """The first epochs at a smaller size, where each costs less (progressive resizing, Karras et al. 2018)."""

    part: Annotated[float, Field(gt=0, lt=1)]
    """Share of the epochs, rounded to whole epochs."""
    image_size: Annotated[tuple[Side, Side], Strict(False)]
    """Height and width of the network's input in them."""
    scale: Annotated[tuple[Positive, Positive], Strict(False)] | None
    """Range of the random zoom in them, as in ``data.augment.scale`` (null: that range). Zoomed by the ratio of the two
    sizes, the images show crops in which everything is as large as at the full size."""

    @model_validator(mode="after")
    def _scale_is_a_range(self) -> "SmallStart":
        if self.scale is not None:
            _check_range(self.scale)
        return self


class Train(Section):
    """How the network is trained."""

    epochs: Annotated[int, Field(ge=1)]
    small_start: SmallStart | None
    """Null to train at ``data.image_size`` from the first epoch."""
    batch_size: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    learning_rate: Positive
    """Highest learning rate of AdamW."""
    weight_decay: NotNegative
    """Decoupled weight decay of the kernels, per step and relative to the learning rate; 0 makes AdamW plain Adam."""
    gradient_clip: NotNegative
    """Largest global norm of the gradient; 0 does not clip."""
    schedule: Cosine | CosineRestarts | Plateau = Field(discriminator="kind")
    loss: Loss
    weight_average: Annotated[float, Field(ge=0, lt=1)]
    """Momentum of the exponential moving average of the weights that is evaluated and published; 0 is off."""
    repeat_threshold: Annotated[float, Field(gt=0, le=1)] | None
    """Repeat images of classes that fewer than this share of the images have, sqrt(threshold / share) times in an epoch
    (repeat factor sampling, Gupta et al. 2019, https://arxiv.org/abs/1908.03195; null: each image once)."""
    early_stopping: Annotated[int, Field(ge=1)] | None
    """Stop when val mIoU has not risen for this many epochs (null: never)."""
    keep: Literal["best", "last"]
    """Whose weights are kept: of the epoch with the best val mIoU, or of the last one. The last is for a training on
    other pictures than those of val, whose weights another training starts from."""
    precision: Literal["auto", "float32", "bfloat16"]
    """Arithmetic of the layers; auto is bfloat16 where the CPU or GPU is faster with it. Weights stay float32."""
    initial_weights: str | None
    """A run or published model to start from (null: random, and ImageNet for an encoder)."""
    encoder: Encoder | None
    """Null for a network without a pre-trained encoder."""

    @property
    def small_epochs(self) -> int:
        """Number of epochs at the smaller size of ``small_start``."""
        return round(self.small_start.part * self.epochs) if self.small_start else 0

    @model_validator(mode="after")
    def _stopping_early_keeps_the_best(self) -> "Train":
        if self.keep == "last" and self.early_stopping is not None:
            raise ValueError("early_stopping must be null where keep is last: it stops long after the best epoch")
        return self

    @model_validator(mode="after")
    def _restarts_are_in_order(self) -> "Train":
        schedule = self.schedule
        if isinstance(schedule, CosineRestarts):
            bounds = [schedule.warmup_epochs, *schedule.restarts, self.epochs]
            if any(left >= right for left, right in pairwise(bounds)):
                between = f"between warmup_epochs ({schedule.warmup_epochs:g}) and epochs ({self.epochs})"
                raise ValueError(f"schedule.restarts must rise, and lie {between}, not be {schedule.restarts}")
        return self


class Evaluate(Section):
    """What is measured after training."""

    split: Name
    subsets: dict[Name, Annotated[list[str], Field(min_length=1)]]
    """Additional mean IoUs: a name, and the classes to average."""
    smallest_object: Probability
    """Minimum size of an object, as a share of the picture's pixels: a smaller region of a class counts as noise."""


class Experiment(Section):
    """One experiment, complete in itself."""

    name: Name
    data: Data
    model: Model
    train: Train
    evaluate: Evaluate


def load(path: Path, overrides: Sequence[str] = (), *, quick: bool = False) -> Experiment:
    """Read an experiment from a YAML file.

    ``quick`` shrinks it to a run that takes seconds; the ``overrides``, ``a.b=c`` with c in YAML, are applied last.

    Raises:
        ConfigError: If the file is not a valid experiment; the message has the key's full path and what is allowed.
    """
    return parse(text_files.read(path, "a config in YAML", MAX_BYTES), str(path), overrides, quick=quick)


def parse(text: str, origin: str, overrides: Sequence[str] = (), *, quick: bool = False) -> Experiment:
    """Read an experiment from YAML text; ``origin`` names it in errors. Raises as ``load`` does."""
    content = load_yaml(text, origin)
    if not isinstance(content, dict):
        raise ConfigError(f"{origin}: a config is a mapping with the keys {', '.join(Experiment.model_fields)}")
    _complete(content)
    if quick:
        validate(Experiment, content, origin)
        content = _quick(content)
    for override in overrides:
        _set(content, override)
    return validate(Experiment, content, origin)


def _complete(content: dict[Any, Any]) -> None:
    """Add the keys that are newer than the config, where it has their sections."""
    for path, value in LATER.items():
        *sections, key = path.split(".")
        section: Any = content
        for name in sections:
            section = section.get(name) if isinstance(section, dict) else None
        if isinstance(section, dict):
            section.setdefault(key, value)


def dump(experiment: Experiment) -> str:
    """Return the experiment as YAML that ``parse`` reads back to an equal one."""
    return dump_yaml(experiment.model_dump(mode="json"))


def validate(schema: type[S], content: Any, origin: str, prefix: str = "") -> S:
    """Check ``content`` against a pydantic ``schema``; ``prefix`` is its path in the config.

    Raises ``ConfigError`` with a clause for each of the first ``TOLD`` faults, each starting with the full path of the
    key.
    """
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        faults = [_sentence(schema, dict(fault), prefix) for fault in error.errors()[:TOLD]]
        if (more := error.error_count() - TOLD) > 0:
            faults.append(f"and {more} more")
        raise ConfigError(f"{origin}: {'; '.join(faults)}") from None


def _sentence(schema: type[BaseModel], fault: dict[str, Any], prefix: str) -> str:
    """Turn one pydantic error into ``path: what is wrong and what is allowed``."""
    location = list(fault["loc"])
    if location[:2] == ["train", "schedule"] and len(location) > 2:
        del location[2]  # the union's tag is not a key of the file
    path = ".".join([*([prefix] if prefix else []), *(str(part) for part in location)])
    match fault["type"]:
        case "extra_forbidden":
            return f"{path}: unknown key; allowed here: {', '.join(_keys(schema, location[:-1]))}"
        case "missing":
            return f"{path}: missing key"
        case "value_error":
            return f"{path}: {fault['ctx']['error']}"
        case "union_tag_invalid" | "union_tag_not_found":
            return f"{path}.kind: must be 'cosine', 'cosine_restarts' or 'plateau'"
    message = fault["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    return f"{path}: must be {message}, not {_short(fault['input'])}"


def _short(value: Any) -> str:
    """Return a value as Python writes it, or only its beginning."""
    try:
        text = reprlib.repr(value) if isinstance(value, list | dict | int) else repr(value)
    except ValueError:  # an integer of thousands of digits
        return "such a large number"
    return text if len(text) <= 100 else f"{text[:100]}..."


def _keys(schema: type[BaseModel], location: Sequence[Any]) -> list[str]:
    """Return the keys that ``schema`` allows at ``location``."""
    options = [schema]
    for part in location:
        fields = [option.model_fields[part] for option in options if part in option.model_fields]
        if fields:  # else it is a place in a list, or a key of a mapping
            options = [found for field in fields for found in _models(field.annotation)]
    return sorted({key for option in options for key in option.model_fields})


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the schemas in a type, such as those of a list's items."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _models(argument)]


def _quick(content: dict[str, Any]) -> dict[str, Any]:
    """Shrink an experiment: 2 epochs of 4 steps on 8 images per split."""
    train = content["train"] | {"epochs": 2, "batch_size": 2, "early_stopping": None}
    train["schedule"] = train["schedule"] | {"warmup_epochs": 0}
    if "restarts" in train["schedule"]:
        train["schedule"]["restarts"] = [1]
    if train["encoder"]:
        train["encoder"] = train["encoder"] | {"frozen_epochs": 1}
    return content | {"data": content["data"] | {"limit": 8}, "train": train}


def _set(content: dict[str, Any], override: str) -> None:
    """Apply one ``a.b=c`` to ``content`` in place."""
    path, equals, value = override.partition("=")
    *parents, key = path.split(".")
    if not equals or not path:
        raise ConfigError(f"--set {override}: must look like train.epochs=3")
    for depth, parent in enumerate(parents, start=1):
        if not isinstance(content.get(parent), dict):
            raise ConfigError(f"--set {override}: {'.'.join(parents[:depth])} is not a section of the config")
        content[parent] = dict(content[parent])
        content = content[parent]
    content[key] = load_yaml(value, f"--set {override}")
