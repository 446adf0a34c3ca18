import json
import sys
from pathlib import Path
from typing import Any

import pytest

from configs import paths, schema
from configs.errors import UserError
from train import ablation

PLAN = """
pets_unet:
  budget: {train.epochs: 1, train.small_start: null, train.batch_size: 1, data.limit: 2, data.image_size: [32, 32]}
  seeds: [1]
  variants:
    without Dice: {train.loss.dice: 0.0}
"""


DICE_ONLY = {
    "cross_entropy": 0.0,
    "dice": 1.0,
    "lovasz": 0.0,
    "focal_gamma": 0.0,
    "label_smoothing": 0.0,
    "class_weight_power": 0.0,
}


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: Any) -> int:
    monkeypatch.setattr(sys, "argv", ["ablation", *map(str, arguments)])
    return ablation.main()


@pytest.mark.slow
def test_a_row_is_trained_and_scored_within_the_budget(tmp_path, shared_data):
    overrides = {
        "train.epochs": 1,
        "train.small_start": None,
        "train.batch_size": 1,
        "data.limit": 2,
        "data.image_size": [32, 32],
        "train.loss": DICE_ONLY,
    }
    row = ablation.measure("pets_unet", overrides, tmp_path / "run", ["--data-dir", str(shared_data)])
    assert row["split"] == "val"
    assert 0 < row["miou"] < 1
    made = schema.load(tmp_path / "run" / "config.yaml")
    assert (made.train.epochs, made.data.image_size, made.train.loss.model_dump()) == (1, (32, 32), DICE_ONLY)


def test_a_row_is_measured_again_only_if_the_plan_changes(plan, tmp_path, monkeypatch):
    measured: list[dict[str, Any]] = []

    def measure(config: str, overrides: dict[str, Any], *_: Any) -> dict[str, Any]:
        measured.append(overrides)
        return {"split": "val", "miou": len(measured) / 100, "subsets": {}, "minutes": 0.1}

    monkeypatch.setattr(ablation, "measure", measure)
    results = tmp_path / "results.json"
    arguments = ("--plan", plan, "--results", results)
    run(monkeypatch, *arguments)
    assert [overrides.get("train.loss.dice") for overrides in measured] == [None, 0.0]
    assert all(overrides["data.limit"] == 2 and overrides["train.seed"] == 1 for overrides in measured)
    run(monkeypatch, *arguments)
    assert len(measured) == 2
    plan.write_text(PLAN.replace("dice: 0.0", "dice: 1.0"), encoding="utf-8")
    run(monkeypatch, *arguments)
    assert measured[2:] == [measured[1] | {"train.loss.dice": 1.0}]
    assert [row["miou"] for row in ablation.read_results(results)] == [0.01, 0.03]


@pytest.mark.parametrize(
    "text", ["", "pets_unet: {}", "pets_unet: {budget: {}, seeds: [], variants: {}}", "a: [b", "7"]
)
def test_an_invalid_plan_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"plan\.yaml: .*\bplan\b.* \(.+\)$") as error:
        ablation.read_plan(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"[{]", b"\xff"])
def test_invalid_results_are_named(tmp_path, content):
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"results\.json: .*--results"):
        ablation.read_results(path)


def test_an_unknown_config_is_refused(plan, monkeypatch):
    with pytest.raises(UserError, match=r"\bother\b.*\bpets_unet"):
        run(monkeypatch, "other", "--plan", plan)


def test_the_projects_plan_fits_its_configs():
    for config, wanted in ablation.read_plan(ablation.PLAN).items():
        for changed in wanted.rows().values():
            overrides = [f"{key}={json.dumps(value)}" for key, value in {**wanted.budget, **changed}.items()]
            schema.load(paths.ROOT / "configs" / f"{config}.yaml", overrides)
