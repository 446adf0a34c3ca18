"""The benchmark's tables."""

from train.engines import tables

RESULTS = {
    "a": {
        "milliseconds": {name: {"median": ms} for name, ms in [("Keras", 30.0), ("OpenVINO bfloat16", 10.0)]},
        "precision": "bfloat16",
        "default": "bfloat16",
        "gmacs": 2.0,
        "limits": {"bfloat16": {"least": 2.5, "memory": 0.5}},
    },
    "b": {
        "milliseconds": {"OpenVINO int8": {"median": 2.0}, "OpenVINO float32": {"median": 1234.0}},
        "precision": "float32",
        "default": "int8",
        "gmacs": 3.0,
        "limits": {"bfloat16": {"least": 5.0, "memory": 0.5}},
    },
}
ENGINES = ["Keras", "OpenVINO float32", "OpenVINO bfloat16", "OpenVINO int8"]


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_a_row_is_an_engine_and_a_column_a_model():
    header, rule, *rows = cells(tables.latencies(RESULTS, ENGINES))
    assert header[1:] == ["a", "b"]
    assert rule[1].endswith("-:")
    assert rows == [
        ["Keras", "30.0", "-"],
        ["OpenVINO float32", "-", "1,234.0"],
        ["OpenVINO bfloat16", "10.0", "-"],
        ["OpenVINO int8", "-", "2.0"],
    ]


def test_gains_are_against_the_default_or_the_usual_precision_of_each_model():
    by_default = cells(tables.gains(RESULTS, ENGINES, "default"))
    assert by_default[2:] == [
        ["default precision", "bfloat16", "int8"],
        ["Keras", "3.00", "-"],
        ["OpenVINO float32", "-", "617.00"],
        ["OpenVINO bfloat16", "1.00", "-"],
        ["OpenVINO int8", "-", "1.00"],
    ]
    usual = cells(tables.gains(RESULTS, ENGINES, "precision"))
    assert usual[2] == ["usual precision", "bfloat16", "float32"]
    assert usual[4] == ["OpenVINO float32", "-", "1.00"]


def test_the_share_of_the_limit_is_that_of_the_speed():
    rows = {row[0]: row[1:] for row in cells(tables.limits(RESULTS))}
    assert rows["share of the limit reached, bfloat16"] == ["25%", "-"]
    assert rows["least ms, bfloat16"] == ["2.50", "5.00"]
    assert rows["10^9 multiplications"] == ["2.00", "3.00"]
