"""Which models a picture is first compared on."""

import json
import shutil

import pytest

from models.runs.run import Run
from pages.compare.default_models import default_models
from pages.shared.content.images import Picture


@pytest.mark.parametrize(
    ("kinds", "published", "chosen"),
    [
        (("street",), [], ["street"]),
        (("pet", "scene"), ["pets"], ["pets"]),
        (("pet",), [], ["pets", "more_pets"]),
        (("pet",), ["more_pets"], ["more_pets"]),
        (("street",), ["pets"], ["street"]),
        (("grocery",), [], ["pets", "street", "more_pets"]),
        ((), ["pets", "street"], ["pets", "street"]),
        ((), [], ["pets", "street", "more_pets"]),
    ],
)
def test_models_are_chosen_by_the_kind_of_the_picture(runs_folder, kinds, published, chosen):
    folders = {"pets": "tiny_pets", "street": "tiny_street", "more_pets": "tiny_pets"}
    models = {name: Run(runs_folder / folder, name in published) for name, folder in folders.items()}
    assert default_models(models, Picture("", "", "", kinds=kinds)) == chosen
    assert len(default_models(models, Picture("", "", ""), most=1)) == 1


def test_the_best_model_of_each_dataset_comes_first(runs_folder, tmp_path):
    models = {}
    for name, folder, miou in [
        ("a", "tiny_pets", 0.5), ("b", "tiny_pets", 0.7), ("c", "tiny_pets", None), ("d", "tiny_street", 0.1),
    ]:  # fmt: skip
        models[name] = Run(shutil.copytree(runs_folder / folder, tmp_path / name), published=False)
        (tmp_path / name / "evaluation.json").write_text(json.dumps({"schema": 1, "val": {"miou": miou}}))
    upload = Picture("", "", "")
    assert [default_models(models, upload, most) for most in (1, 2, 3)] == [["b"], ["b", "d"], ["a", "b", "d"]]
    assert default_models(models, Picture("", "", "", kinds=("pet",)), 2) == ["a", "b"]


@pytest.mark.parametrize("content", ["", "[]", '{"val": 3}', '{"val": {"miou": "high"}}'])
def test_a_damaged_evaluation_hides_no_model(runs_folder, tmp_path, content):
    run = Run(shutil.copytree(runs_folder / "tiny_pets", tmp_path / "run"), published=False)
    (run.path / "evaluation.json").write_text(content)
    assert default_models({"run": run}, Picture("", "", "")) == ["run"]
