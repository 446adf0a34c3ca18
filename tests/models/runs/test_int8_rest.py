"""What was chosen for the rest of an int8 network counts only for the scales it was chosen for."""

import pytest

from models.runs import int8_rest
from models.runs.int8_rest import Int8Rest, Measured
from models.runs.model import file_digest
from models.runs.run import Run


@pytest.mark.parametrize(
    ("float32", "bfloat16", "best"),
    [
        ((0.2810, 17.6), (0.2809, 13.7), "bfloat16"),
        ((0.2810, 17.6), (0.2815, 13.7), "bfloat16"),
        ((0.2810, 17.6), (0.2804, 13.7), "float32"),  # loses more than 0.0005
        ((0.2810, 17.6), (0.2816, 13.7), "float32"),  # scores with the rest in float32 would not hold for it
        ((0.2810, 17.6), (0.2810, 17.5), "float32"),  # not faster
        ((0.2810, 17.6), (None, None), "float32"),
    ],
)
def test_bfloat16_has_to_be_as_good_and_faster(float32, bfloat16, best):
    measured = (Measured(miou=miou, milliseconds=milliseconds) for miou, milliseconds in (float32, bfloat16))
    assert int8_rest.best(*measured) == best


def test_a_choice_for_other_scales_or_a_damaged_file_means_float32(tmp_path):
    run = Run(tmp_path, published=False)
    assert int8_rest.chosen(run) == "float32"
    run.quantisation.write_bytes(b"scales")
    found = Int8Rest(rest="bfloat16", quantisation=file_digest(run.quantisation), split="val", pictures=3, cpu="one")
    int8_rest.write(run, found)
    assert int8_rest.read(run) == found
    assert int8_rest.chosen(run) == "bfloat16"
    run.quantisation.write_bytes(b"other scales")
    assert int8_rest.chosen(run) == "float32"
    int8_rest.file_of(run).write_text('{"rest": "int4"}')
    assert int8_rest.chosen(run) == "float32"
