"""The tables of objects: boxes in the picture's own pixels, counts per model and class."""

from pathlib import Path

import pandas as pd
import pytest

from data import datasets
from models.metrics.regions import Region
from models.runs.run import Run
from pages.compare.objects_table import counts, each_object
from pages.shared.content.predictions import Answer


class PetRun(Run):
    """As much of a run as the tables ask for."""

    label_space = datasets.get("oxford_iiit_pet").label_space


def answer(*objects):
    return Answer((50, 100), "", "", (), 0.0, "float32", objects)


def test_boxes_are_told_in_the_pixels_of_the_picture():
    found = [
        ("a", PetRun(Path(), published=False), answer(Region(0, (10, 5, 20, 30), 500, 0.75))),
        ("b", PetRun(Path(), published=False), answer()),
    ]
    table = each_object(found, (200, 400))
    assert table.to_dict("records") == [
        {"Model": "a", "Class": "pet", "Left": 40, "Top": 20, "Width": 80, "Height": 120}
        | {"Area": pytest.approx(0.1), "Confidence": 0.75}
    ]
    assert each_object([], (1, 1)).empty


def test_objects_are_counted_by_model_and_class_the_most_numerous_first():
    rows = [("b", "cat", 0.2), ("b", "dog", 0.1), ("b", "dog", 0.05), ("a", "cat", 0.3)]
    table = counts(pd.DataFrame(rows, columns=["Model", "Class", "Area"]))
    assert [tuple(row) for row in table.itertuples(index=False)] == [
        ("b", "dog", 2, pytest.approx(0.15)),
        ("b", "cat", 1, 0.2),
        ("a", "cat", 1, 0.3),
    ]
