"""Suspicious regions as a table and as COCO's JSON, with what a person said of each."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from data.label_space import LabelSpace
from models.analysis.suspicious_truth import SuspiciousRegion

WRONG, RIGHT, UNSURE = VERDICTS = ("mask wrong", "mask right", "unsure")
"""What a person may say of a region after looking at it."""

Key = tuple[str, int, int, tuple[int, int, int, int]]


def key_of(region: SuspiciousRegion) -> Key:
    """Return what identifies a region: its image, its two classes and its box."""
    return region.image, region.truth, region.proposed, region.box


def table(
    regions: Sequence[SuspiciousRegion], models: Sequence[str], space: LabelSpace, verdicts: Mapping[Key, str] = {}
) -> pd.DataFrame:
    """Return one row per region, in their order; ``confidence NAME`` is the mean confidence of each model.

    ``verdict`` is one of ``VERDICTS``, or empty for a region that nobody has looked at.
    """
    rows = [
        {
            "rank": rank,
            "image": region.image,
            "truth": space.names[region.truth],
            "proposed": space.names[region.proposed],
            "pixels": region.pixels,
            **dict(zip(("left", "top", "width", "height"), region.box, strict=True)),
            "score": round(region.score, 3),
            **{f"confidence {name}": round(value, 4) for name, value in zip(models, region.confidence, strict=True)},
            "verdict": verdicts.get(key_of(region), ""),
        }
        for rank, region in enumerate(regions, start=1)
    ]
    fixed = ["rank", "image", "truth", "proposed", "pixels", "left", "top", "width", "height", "score"]
    return pd.DataFrame(rows, columns=[*fixed, *(f"confidence {name}" for name in models), "verdict"])


def coco(
    regions: Sequence[SuspiciousRegion],
    models: Sequence[str],
    space: LabelSpace,
    verdicts: Mapping[Key, str] = {},
    files: Mapping[str, str] = {},
) -> dict[str, Any]:
    """Return the regions as a COCO document, ready for ``json.dumps``; the category is the proposed class.

    Its ``attributes`` tell the class in the truth, each model's mean confidence, the score and the verdict. ``files``
    has the names of the image files by id; without one, the id stands for it.
    """
    sizes = {region.image: region.run_lengths["size"] for region in regions}
    numbers = {image: number for number, image in enumerate(sizes, start=1)}
    return {
        "info": {"description": f"Regions where the truth is doubtful, according to {', '.join(models)}"},
        "images": [
            {"id": numbers[image], "file_name": files.get(image, image), "width": width, "height": height}
            for image, (height, width) in sizes.items()
        ],
        "categories": [{"id": index, "name": space.names[index], "supercategory": ""} for index in space.scored],
        "annotations": [
            {
                "id": rank,
                "image_id": numbers[region.image],
                "category_id": region.proposed,
                "bbox": list(region.box),
                "area": region.pixels,
                "segmentation": region.run_lengths,
                "score": sum(region.confidence) / len(region.confidence),
                "iscrowd": 0,
                "attributes": {
                    "truth": space.names[region.truth],
                    "suspicion": region.score,
                    "confidence": dict(zip(models, region.confidence, strict=True)),
                    "verdict": verdicts.get(key_of(region), ""),
                },
            }
            for rank, region in enumerate(regions, start=1)
        ],
    }
