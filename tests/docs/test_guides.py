"""The guides in docs/ are followed literally: every file they show is written, every command they give is run."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from configs.paths import ROOT
from data import samples

BLOCK = re.compile(r"^(?P<lead>[^\n]*)\n\n```(?P<language>\w*)\n(?P<content>.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"python", "yaml", "sh", "text"}


@dataclass(frozen=True)
class Step:
    """One code block: a file to write, or commands to run."""

    content: str
    file: str | None


def steps(guide: Path) -> list[Step]:
    """Read the code blocks; ``text`` blocks are only looked at."""
    text = guide.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    assert len(blocks) * 2 == len(re.findall(r"^```", text, re.MULTILINE)), "a block needs a line of text above it"
    found = []
    for block in blocks:
        assert block["language"] in LANGUAGES, block["lead"]
        if block["language"] == "sh":
            found.append(Step(block["content"], None))
        elif block["language"] != "text":
            name = re.match(r"Create `([^`]+)`.*:$", block["lead"])
            assert name, f"which file is it? {block['lead']}"
            found.append(Step(block["content"], name[1]))
    return found


@pytest.fixture
def project(tmp_path) -> Path:
    """Return a copy of the project in which nothing has been prepared, trained or built yet."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("configs", "data", "models", "train", "tests", "tools", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def follow(guide: str, project: Path) -> None:
    """Do in ``project`` what the guide says."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SEGDECK_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    for step in steps(ROOT / "docs" / guide):
        if step.file:
            assert not (project / step.file).exists(), f"{step.file} is there already"
            (project / step.file).write_text(step.content, encoding="utf-8")
            continue
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", step.content],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{step.content}\n{result.stdout}\n{result.stderr}"


def draw_pets(folder: Path) -> None:
    """Write a few drawn pets in the layout of the official archives."""
    rng = np.random.default_rng(2)
    for name in ("images", "annotations/trimaps"):
        (folder / name).mkdir(parents=True)
    for split, count in [("trainval", 8), ("test", 4)]:
        names = [f"Drawn_{split}_{index}" for index in range(count)]
        (folder / "annotations" / f"{split}.txt").write_text("".join(f"{name} 1 1 1\n" for name in names))
        for name in names:
            image = rng.integers(0, 120, (60, 80, 3), np.uint8)
            trimap = np.full((60, 80), 2, np.uint8)
            x, y = (int(value) for value in rng.integers(22, 38, 2))
            for radius, value, colour in [(18, 3, (90, 160, 200)), (15, 1, (120, 190, 230))]:
                cv2.circle(trimap, (x, y), radius, value, -1)
                cv2.circle(image, (x, y), radius, colour, -1)
            cv2.imwrite(str(folder / "images" / f"{name}.jpg"), image)
            cv2.imwrite(str(folder / "annotations" / "trimaps" / f"{name}.png"), trimap)


@pytest.mark.slow
def test_adding_a_model(project):
    draw_pets(project / "datasets" / "oxford_iiit_pet")
    follow("adding-a-model.md", project)
    assert (project / "runs" / "quick" / "evaluation.json").is_file()
    assert list((project / "runs" / "masks").glob("*.png"))


@pytest.mark.slow
def test_adding_a_dataset(project):
    follow("adding-a-dataset.md", project)
    run = project / "runs" / "shapes"
    assert len((run / "history.csv").read_text().splitlines()) == 16
    assert len(list((project / "runs" / "shapes_masks").glob("*.png"))) == 8
    last_epoch = (run / "history.csv").read_text().splitlines()[-1].split(",")
    assert float(last_epoch[6]) > 0.8, "the example is easy, so that a mistake in the data would show"


@pytest.mark.slow
def test_bringing_your_own_model(project):
    draw_pets(project / "datasets" / "oxford_iiit_pet")
    follow("bring-your-own-model.md", project)
    added, original = project / "runs" / "my_pets", project / "models" / "zoo" / "pets_unet"
    assert "oxford_iiit_pet" in (added / "model.yaml").read_text()
    assert json.loads((added / "evaluation.json").read_text())["val"]["miou"] is not None
    assert {path.stem for path in (project / "masks").glob("*.png")} == {one.name for one in samples.pictures()}
    assert original.is_dir(), "the published model it was exported from is still there"


@pytest.mark.slow
def test_bringing_your_own_dataset(project):
    follow("bring-your-own-dataset.md", project)
    scores = json.loads((project / "runs" / "drawn_shapes" / "evaluation.json").read_text())["val"]
    assert [entry["name"] for entry in scores["classes"]] == ["background", "disc", "square"]
    assert len(list((project / "drawings").rglob("*.*"))) == 80, "nothing was written into the folder"


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))]
)
def test_every_file_that_a_page_names_is_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in link]
    missing = [link for link in links if not ((ROOT / page).parent / link).exists()]
    created = {step.file for step in steps(ROOT / page) if step.file} if page.startswith("docs/") else set()
    top = "configs|data|docs|models|pages|tests|tools|train"
    names = set(re.findall(rf"`((?:{top})/[\w./-]*\w\.(?:py|md|yaml|txt|png|json))`", text))
    missing += [name for name in names if not (ROOT / name).exists() and name not in created]
    assert missing == []
