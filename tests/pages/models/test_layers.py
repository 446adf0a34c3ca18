import math
import shutil

import pytest

from models.inference import export
from models.inference.graph_summary import Layer
from models.runs.run import Run
from pages.models import layers

FOUND = [
    Layer("convolution 1", "convolution", "down 8 × 12", (3, 3), (1, 1), "ReLU", (8, 12, 4), 112, 3_000),
    Layer("max pooling 1", "max pooling", "bottom 4 × 6", (2, 2), (2, 2), "", (4, 6, 4), 0, 0),
    Layer("convolution 2", "convolution", "bottom 4 × 6", (3, 1), (2, 1), "", (4, 6, 8), 296, 1_000),
    Layer("softmax 1", "softmax", "bottom 4 × 6", None, None, "", (4, 6, 8), 0, 0),
]


def test_every_layer_has_a_row():
    table = layers.layer_table(FOUND)
    assert table["Stage"].tolist() == ["down 8 × 12", "bottom 4 × 6", "", ""]
    assert table["Window"].tolist() == ["3 × 3", "2 × 2, stride 2", "3 × 1, stride 2 × 1", ""]
    assert table["Output"].tolist() == ["8 × 12 × 4", "4 × 6 × 4", "4 × 6 × 8", "4 × 6 × 8"]
    assert table["Share"].tolist() == pytest.approx([0.75, math.nan, 0.25, math.nan], nan_ok=True)
    assert table["Parameters"].sum() == 408


def test_stages_add_up_in_the_order_of_computation():
    stages = layers.stage_table(FOUND)
    assert stages.to_dict("records") == [
        {"Stage": "down 8 × 12", "Layers": 1, "Channels": 4, "Parameters": 112, "GMACs": pytest.approx(3e-6)},
        {"Stage": "bottom 4 × 6", "Layers": 3, "Channels": 8, "Parameters": 296, "GMACs": pytest.approx(1e-6)},
    ]


def test_the_profile_shows_both_costs_of_every_stage():
    cost, parameters = layers.profile(layers.stage_table(FOUND)).data
    assert list(cost.y) == list(parameters.y) == ["Down 8 × 12", "Bottom 4 × 6"]
    assert list(parameters.x) == [112, 296]
    assert list(cost.text) == ["75%", "25%"]


def test_a_network_without_multiplications_has_no_shares():
    table = layers.layer_table([FOUND[1]])
    assert table["Share"].isna().all()
    layers.profile(layers.stage_table([FOUND[1]]))


def test_the_same_weights_at_another_size_have_other_layers(runs_folder, tmp_path, monkeypatch):
    """A network of convolutions takes any size, so a copied weight file can be a run of its own."""
    runs = [
        Run(shutil.copytree(runs_folder / "tiny_pets", tmp_path / name), published=False) for name in ("small", "large")
    ]
    monkeypatch.setattr(export, "is_exported", lambda *_: True)
    macs = {"small": 1_000_000_000, "large": 4_000_000_000}
    monkeypatch.setattr(
        layers,
        "layers",
        lambda run: [Layer("convolution 1", "convolution", "bottom", (3, 3), (1, 1), "", (8, 8, 3), 9, macs[run.name])],
    )
    assert [layers.known_gmacs(run) for run in runs] == [1, 4]
