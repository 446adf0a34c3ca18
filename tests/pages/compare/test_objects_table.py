"""The tables of objects: boxes in the picture's own pixels, counts per model and class."""

from pathlib import Path

import pandas as pd
import pytest

from data import datasets
from models.metrics.regions import Region
from models.runs.run import Run
from pages.compare.objects_table import object_counts, object_table
from pages.shared.content.predictions import ImagePrediction, ModelPrediction


class PetRun(Run):
    """The parts of a run that the tables need."""

    label_space = datasets.get("oxford_iiit_pet").label_space


def predicted(name, *regions):
    prediction = ImagePrediction(("", "", name), (50, 100), (), 0.0, "float32", regions, b"", b"")
    return ModelPrediction(name, PetRun(Path(), published=False), prediction)


def test_boxes_are_in_the_pixels_of_the_picture():
    table = object_table([predicted("a", Region(0, (10, 5, 20, 30), 500, 0.75)), predicted("b")], (200, 400))
    assert table.to_dict("records") == [
        {"Model": "a", "Class": "pet", "Left": 40, "Top": 20, "Width": 80, "Height": 120}
        | {"Area": pytest.approx(0.1), "Confidence": 0.75}
    ]
    assert object_table([], (1, 1)).empty


def test_objects_are_counted_by_model_and_class_the_most_numerous_first():
    rows = [("b", "cat", 0.2), ("b", "dog", 0.1), ("b", "dog", 0.05), ("a", "cat", 0.3)]
    table = object_counts(pd.DataFrame(rows, columns=["Model", "Class", "Area"]))
    assert [tuple(row) for row in table.itertuples(index=False)] == [
        ("b", "dog", 2, pytest.approx(0.15)),
        ("b", "cat", 1, 0.2),
        ("a", "cat", 1, 0.3),
    ]
