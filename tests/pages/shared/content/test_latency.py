"""The latencies measured on this computer, or published with the models."""

import json

import pytest

from pages.shared.content import latency
from tests.facts import mentions


@pytest.mark.parametrize(
    ("content", "times"),
    [
        (None, {}),
        ("no json", {}),
        ('{"models": {}}', {}),
        (
            json.dumps(
                {
                    "machine": {"cpu": "Fast", "cores": 2},
                    "models": {
                        "a": {
                            "milliseconds": {"OpenVINO bfloat16": {"median": 7.0}, "OpenVINO float32": {"median": 28}}
                        },
                        "b": {"milliseconds": {"OpenVINO float32": {"median": 9}}},
                        "c": {"milliseconds": {"tf.function": {"median": 1}}},
                    },
                }
            ),
            {"a": 7.0, "b": 9.0},
        ),
    ],
)
def test_figures_are_read_with_their_machine_and_precision(monkeypatch, tmp_path, content, times):
    monkeypatch.setenv("SEGDECK_CACHE", str(tmp_path))
    monkeypatch.setattr("configs.paths.zoo_dir", lambda: tmp_path / "zoo")
    if content is not None:
        (tmp_path / "benchmark.json").write_text(content)
    found = latency.measured_or_published()
    assert (found.milliseconds, found.machine) == (times, "Fast, 2 cores" if times else "")
    assert found.precision == ({"a": "bfloat16", "b": "float32"} if times else {})
    assert mentions(latency.about(found), *(["bfloat16 (a)", "float32 (b)"] if times else ["Not measured"]))
