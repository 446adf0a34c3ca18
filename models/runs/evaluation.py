"""Typed content of ``evaluation.json``: the scores of a run on each split it was evaluated on.

Every score is a finite number from 0 to 1, or None where it is undefined, such as the IoU of a class that the ground
truth never shows. Unknown keys are kept and missing ones take their defaults, so that files of other versions load.
"""

import json
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

SCHEMA = 1
"""Version of the layout of ``evaluation.json``."""

Count = Annotated[int, Field(strict=True, ge=0, le=2**53)]
Score = Annotated[float, Field(strict=True, ge=0, le=1 + 1e-5, allow_inf_nan=False)]  # rounding may exceed 1 slightly
Difference = Annotated[float, Field(strict=True, ge=-1, le=1, allow_inf_nan=False)]


class Section(BaseModel):
    """Part of an evaluation."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Images(Section):
    """Images of a split that were scored.

    Attributes:
        count: How many were scored.
        digest: Digest of their contents, independent of their order.
        left_out: Images of the split that were skipped because the run was trained on them.
    """

    count: Count = 0
    digest: str
    left_out: Count = 0


class ClassScores(Section):
    """Scores of one class; ``pixels`` counts its pixels in the ground truth."""

    name: str
    iou: Score | None
    accuracy: Score | None = None
    pixels: Count


class CalibrationBin(Section):
    """Pixels whose confidence lies in one of equally wide bins, with their mean accuracy and mean confidence."""

    pixels: Count
    accuracy: Score | None
    confidence: Score | None


class DetectionClass(Section):
    """Detection of one class: numbers of true boxes and of predicted regions, and the average precision at IoU 0.5."""

    name: str
    truth: Count
    predicted: Count
    ap50: Score | None


class DetectionScores(Section):
    """How well connected regions find the objects of a split.

    Attributes:
        iou: IoU of two boxes from which an object counts as found.
        smallest_object: Smallest area of a region, as a share of the image's pixels.
        precision: Share of the predicted regions that find an object.
        recall: Share of the objects that are found.
        map50: Average precision at IoU 0.5, averaged over the classes.
        classes: One entry per class whose objects can be counted.
    """

    iou: Score
    smallest_object: Score
    precision: Score | None
    recall: Score | None
    map50: Score | None
    classes: tuple[DetectionClass, ...]


class ImageScores(Section):
    """Scores of one image; ``tp``, ``fp`` and ``fn`` count pixels in the order of the split's classes."""

    id: str
    miou: Score | None
    tp: tuple[Count, ...]
    fp: tuple[Count, ...]
    fn: tuple[Count, ...]


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
    """Scores of a run on one split.

    Attributes:
        images: Images that were scored.
        size: Size at which they were scored; ``mask`` is the original size of the masks.
        miou: IoU pooled over all images, averaged over the classes in the split.
        subsets: Mean IoU over the subsets of classes that the config names.
        pixel_accuracy: Share of the scored pixels with the right class.
        mean_accuracy: Recall of the pixels, averaged over the classes.
        frequency_weighted_iou: IoU averaged over the classes, weighted by their pixels.
        boundary_iou: IoU along the outlines.
        calibration_error: Expected calibration error.
        classes: One entry per scored class, ``C`` of them.
        confusion: ``(C, C)`` pixels by ground truth (rows) and prediction (columns).
        calibration: Bins of the confidence.
        detection: Detection scores; None if the dataset has no boxes.
        per_image: One entry per image.
        weights: SHA-256 of the weights that were scored.
        engine: Name, version and precision of the inference engine.
        date: Time of the evaluation in ISO 8601.
        training: Class frequencies in the training masks; None if they were not counted.
        float16_loss: mIoU with float32 kernels minus ``miou``; None if it was not measured.
    """

    images: Images = Images(digest="")
    size: str = ""
    miou: Score | None = None
    subsets: dict[str, Score | None] = {}
    pixel_accuracy: Score | None = None
    mean_accuracy: Score | None = None
    frequency_weighted_iou: Score | None = None
    boundary_iou: Score | None = None
    calibration_error: Score | None = None
    classes: tuple[ClassScores, ...] = ()
    confusion: tuple[tuple[Count, ...], ...] = ()
    calibration: tuple[CalibrationBin, ...] = ()
    detection: DetectionScores | None = None
    per_image: tuple[ImageScores, ...] = ()
    weights: str = ""
    engine: str = ""
    date: str = ""
    training: TrainingStatistics | None = None
    float16_loss: Difference | None = None

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
    """Content of an ``evaluation.json``.

    Attributes:
        layout: Version of the layout, ``schema`` in the file; None if it is missing.
        splits: Scores by the name of the split.
        faults: Splits whose scores are invalid, with the reason.
    """

    model_config = ConfigDict(frozen=True)

    layout: int | None = SCHEMA
    splits: dict[str, SplitScores] = {}
    faults: dict[str, str] = {}

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
        splits, faults = {}, {}
        for name, scores in content.items():
            try:
                splits[name] = SplitScores.model_validate(scores)
            except ValidationError as error:
                first = error.errors()[0]
                faults[name] = ": ".join([".".join(map(str, first["loc"])), first["msg"]]).removeprefix(": ")
        return cls(layout=layout if type(layout) is int else None, splits=splits, faults=faults)

    def document(self) -> dict[str, Any]:
        """Return the valid content as it is stored, in the order of the file."""
        return {
            "schema": self.layout,
            **{name: scores.model_dump(exclude_unset=True) for name, scores in self.splits.items()},
        }


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number in JSON")
