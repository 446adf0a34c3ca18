"""Typed content of ``evaluation.json``: the scores of a run on each split it was evaluated on.

Every score is a finite number from 0 to 1, or None where it is undefined, such as the IoU of a class that the ground
truth never shows. Unknown keys are kept and missing ones take their defaults, so that files of other versions load.
"""

import json
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.metrics.definitions import ERRORS

SCHEMA = 1
"""Version of the layout of ``evaluation.json``."""
PRECISIONS = "precisions"
"""Key of the scores in other precisions, by precision; every other key but ``schema`` is a split."""

Count = Annotated[int, Field(strict=True, ge=0, le=2**53)]
PixelCounts = tuple[Count, ...]
Score = Annotated[float, Field(strict=True, ge=0, le=1 + 1e-5, allow_inf_nan=False)]  # rounding may exceed 1 slightly
OptionalScore = Score | None
BrierScore = Annotated[float, Field(strict=True, ge=0, le=2 + 1e-5, allow_inf_nan=False)]
Difference = Annotated[float, Field(strict=True, ge=-1, le=1, allow_inf_nan=False)]


class Section(BaseModel):
    """Part of an evaluation."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Images(Section):
    """Images that were scored; ``left_out`` counts those skipped because the run was trained on them."""

    count: Count = 0
    digest: str  # of their contents, independent of their order
    left_out: Count = 0


class ErrorKinds(Section):
    """The wrong pixels of one class by kind, as ``models.metrics.error_kinds`` defines them.

    They add up to its false positives and false negatives; divided by these and the true positives, to 1 - IoU.
    """

    boundary: Count
    confusion: Count
    missed: Count
    invented: Count
    interior: Count
    partner: str | None  # the class that ``confusion`` is most often with
    partner_pixels: Count  # how much of ``confusion`` is with it


class ClassScores(Section):
    """Scores of one class; ``pixels`` counts its pixels in the ground truth, and ``accuracy`` is the same as recall.

    A shared class consists of ``model_classes`` of the model and ``dataset_classes`` of the dataset; they are empty for
    a class of the dataset itself, and where only the model has such classes.
    """

    name: str
    iou: OptionalScore
    accuracy: OptionalScore = None
    pixels: Count
    precision: OptionalScore = None
    dice: OptionalScore = None
    boundary_f1: OptionalScore = None
    errors: ErrorKinds | None = None  # None if they were not counted
    model_classes: tuple[str, ...] = ()
    dataset_classes: tuple[str, ...] = ()

    @property
    def lost(self) -> dict[str, float]:
        """What each kind of errors takes from the IoU, so that they add up to 1 - IoU; empty if that is unknown."""
        if self.errors is None or self.iou is None:
            return {}
        pixels = {kind: int(number) for kind, number in vars(self.errors).items() if kind in ERRORS}
        each = (1 - self.iou) / max(sum(pixels.values()), 1)
        return {kind: number * each for kind, number in pixels.items()}


class CalibrationBin(Section):
    """Pixels whose confidence lies in one of equally wide bins, with their mean accuracy and mean confidence."""

    pixels: Count
    accuracy: OptionalScore
    confidence: OptionalScore


class DetectionClass(Section):
    """Detection of one class: numbers of true boxes and of predicted regions, and the average precision at IoU 0.5."""

    name: str
    truth: Count
    predicted: Count
    ap50: OptionalScore


class DetectionScores(Section):
    """How well connected regions find the objects of a split; one entry per class whose objects can be counted."""

    iou: Score  # of two boxes, from which an object counts as found
    smallest_object: Score  # smallest area of a region, as a share of the image's pixels
    precision: OptionalScore
    recall: OptionalScore
    map50: OptionalScore
    classes: tuple[DetectionClass, ...]


class ImageScores(Section):
    """Scores of one image; ``tp``, ``fp`` and ``fn`` count pixels in the order of the split's classes."""

    id: str
    miou: OptionalScore
    tp: PixelCounts
    fp: PixelCounts
    fn: PixelCounts


class TrainingClass(Section):
    """Frequency of one class in the training masks; ``pictures`` counts those that show it."""

    name: str
    pictures: Count
    pixels: Count


class TrainingStatistics(Section):
    """Frequencies of the scored classes in the masks that a run was trained on."""

    pictures: Count
    classes: tuple[TrainingClass, ...]


class SplitScores(Section):
    """Scores of a run on one split; ``C`` is the number of scored classes."""

    images: Images = Images(digest="")
    size: str = ""  # at which they were scored; "mask" is the original size of the masks
    miou: OptionalScore = None  # IoU pooled over all images, averaged over the classes in the split
    subsets: dict[str, OptionalScore] = {}  # mean IoU over the subsets of classes that the config names
    pixel_accuracy: OptionalScore = None
    mean_accuracy: OptionalScore = None
    frequency_weighted_iou: OptionalScore = None
    dice: OptionalScore = None
    boundary_iou: OptionalScore = None
    boundary_f1: OptionalScore = None
    calibration_error: OptionalScore = None
    adaptive_calibration_error: OptionalScore = None
    brier_score: BrierScore | None = None
    classes: tuple[ClassScores, ...] = ()
    confusion: tuple[PixelCounts, ...] = ()  # (C, C) pixels by ground truth (rows) and prediction (columns)
    calibration: tuple[CalibrationBin, ...] = ()
    detection: DetectionScores | None = None  # None if the dataset has no boxes
    per_image: tuple[ImageScores, ...] = ()
    weights: str = ""  # their SHA-256
    engine: str = ""  # name, version and precision of the inference engine
    date: str = ""  # ISO 8601
    dataset: str = ""  # the dataset, if it is another than the model's own; the classes are then the shared ones
    scored_share: OptionalScore = None  # share of that dataset's labelled pixels whose class the model knows, too
    training: TrainingStatistics | None = None  # None if they were not counted
    float16_loss: Difference | None = None  # mIoU with float32 kernels minus miou; None if it was not measured

    @property
    def complete(self) -> bool:
        """Whether the scores of classes and images and the digest of the weights are all present."""
        return self.model_fields_set >= {"images", "classes", "confusion", "per_image", "weights"}

    @model_validator(mode="after")
    def _check_shapes(self) -> "SplitScores":
        classes = len(self.classes)
        if "confusion" in self.model_fields_set and [len(row) for row in self.confusion] != classes * [classes]:
            raise ValueError(f"confusion must be {classes} x {classes}, as there are {classes} classes")
        for image in self.per_image:
            if {len(image.tp), len(image.fp), len(image.fn)} != {classes}:
                raise ValueError(f"per_image: {image.id!r} must have {classes} values of tp, fp and fn, one per class")
        return self


class Evaluation(BaseModel):
    """Content of an ``evaluation.json``: the scores, and the reasons why others are invalid, by split.

    The scores are those in float32; ``precisions`` holds those that were computed otherwise, by precision.
    """

    model_config = ConfigDict(frozen=True)

    layout: int | None = SCHEMA  # "schema" in the file; None if it is missing
    splits: dict[str, SplitScores] = {}
    faults: dict[str, str] = {}
    precisions: dict[str, "Evaluation"] = {}

    @classmethod
    def parse(cls, text: str) -> "Evaluation":
        """Parse the text of an ``evaluation.json``; a split with invalid scores doesn't hide the others.

        Raises:
            ValueError: If the text is not a JSON object.
        """
        try:
            content = json.loads(text, parse_constant=_refuse)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not isinstance(content, dict):
            raise ValueError("not a JSON object")  # noqa: TRY004 - the file is at fault, not the caller
        layout = content.pop("schema", None)
        others = content.pop(PRECISIONS, None)
        of_others = {
            name: cls._of(layout, scores)
            for name, scores in (others if isinstance(others, dict) else {}).items()
            if isinstance(scores, dict)
        }
        return cls._of(layout, content).model_copy(update={"precisions": of_others})

    @classmethod
    def _of(cls, layout: object, content: dict[str, Any]) -> "Evaluation":
        """Validate the scores in one precision, by split."""
        splits, faults = {}, {}
        for name, scores in content.items():
            try:
                splits[name] = SplitScores.model_validate(scores)
            except ValidationError as error:
                first = error.errors()[0]
                faults[name] = ": ".join([".".join(map(str, first["loc"])), first["msg"]]).removeprefix(": ")
        return cls(layout=layout if type(layout) is int else None, splits=splits, faults=faults)

    def of(self, precision: str | None) -> "Evaluation":
        """Return the scores in a precision, which may be none; for None, all as it is."""
        return self if precision is None else self.precisions.get(precision, Evaluation(layout=self.layout))

    def including(self, key: str, scores: SplitScores, precision: str | None) -> "Evaluation":
        """Return a copy with the scores of a split in a precision, None for float32, added or replaced."""
        if precision is None:
            return self.model_copy(update={"splits": {**self.splits, key: scores}})
        changed = self.of(precision).including(key, scores, None)
        return self.model_copy(update={"precisions": {**self.precisions, precision: changed}})

    def document(self) -> dict[str, Any]:
        """Return the valid content as it is stored: in the order of the file, other precisions last."""
        others = {name: other._scores() for name, other in self.precisions.items() if other.splits}
        return {"schema": self.layout, **self._scores(), **({PRECISIONS: others} if others else {})}

    def _scores(self) -> dict[str, Any]:
        return {name: scores.model_dump(exclude_unset=True) for name, scores in self.splits.items()}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number in JSON")
