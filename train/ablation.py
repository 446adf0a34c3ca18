"""Runs ablations: ``python -m train.ablation`` measures what each ingredient of a recipe contributes.

A plan (``docs/ablations.yaml``) defines for each config a short training budget and variants that change one ingredient
each. Every variant is trained with the same budget, in its own process, and evaluated like any other run. Each result
is added to ``docs/ablations.json`` at once, so that a plan can be interrupted and continued; ``python -m
tools.recipes`` writes the tables.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from configs import paths
from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from configs.files import write_text
from configs.schema import Section
from models.runs import registry

PLAN = paths.ROOT / "docs" / "ablations.yaml"
RESULTS = paths.ROOT / "docs" / "ablations.json"
RECIPE = "the recipe as it is"
"""Name of the row that the other rows of a config are compared with."""

Overrides = dict[str, Any]


class Ablation(Section):
    """The ablations of one config; each row is trained once per seed."""

    budget: Overrides
    """Overrides that shorten the training of every row."""
    seeds: list[int] = Field(min_length=1)
    variants: dict[str, Overrides]
    """The overrides of each variant, by its description."""

    def rows(self) -> dict[str, Overrides]:
        """Return all rows, the unchanged recipe first."""
        return {RECIPE: {}, **self.variants}


def read_plan(path: Path) -> dict[str, Ablation]:
    """Read a plan: the ablations by the name of the config. Raises ``UserError`` if the file is not a valid plan."""
    try:
        return TypeAdapter(dict[str, Ablation]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise UserError(f"{path}: is not a plan of ablations ({' '.join(str(error).split())[:300]})") from error


def read_results(path: Path) -> list[dict[str, Any]]:
    """Read the rows measured so far, none without a file. Raises ``UserError`` if the file can't be read as results."""
    if not path.exists():
        return []
    try:
        return TypeAdapter(list[dict[str, Any]]).validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UserError(f"{path}: does not hold ablation results; give another file with --results") from error


def measure(config: str, overrides: Overrides, folder: Path, arguments: list[str]) -> dict[str, Any]:
    """Train a config with overrides in a new process and return its scores.

    ``folder`` is replaced if it exists; ``arguments`` are passed on to ``python -m train``. Raises ``UserError`` if the
    training fails.
    """
    shutil.rmtree(folder, ignore_errors=True)
    sets = [f"--set={key}={json.dumps(value)}" for key, value in overrides.items()]  # JSON is YAML on one line
    path = paths.ROOT / "configs" / f"{config}.yaml"
    command = [sys.executable, "-m", "train", str(path), "--run-dir", str(folder), *sets, *arguments]
    if subprocess.run(command, cwd=paths.ROOT, stdout=subprocess.DEVNULL, check=False).returncode:
        raise UserError(f"the training of {config} with {overrides} failed; see above")
    done = registry.find_run(str(folder))
    split = done.experiment.evaluate.split
    scores = done.scores(split)
    if scores is None:
        raise UserError(f"{done.path / 'evaluation.json'} has no scores of the split {split!r}")
    return {
        "split": split,
        "miou": scores.miou,
        "subsets": scores.subsets,
        "minutes": round(float(done.history()["seconds"].sum()) / 60, 1),
    }


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m train.ablation", description="Measure what each ingredient contributes.")
    parser.add_argument("configs", nargs="*", metavar="CONFIG", help="names of configs in the plan (default: all)")
    parser.add_argument("--plan", type=Path, default=PLAN, help="the plan (default: docs/ablations.yaml)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where scores are kept (docs/ablations.json)")
    parser.add_argument("--data-dir", type=Path, help="folder with the datasets, as for python -m train")
    parser.add_argument("--encoder-weights", type=Path, help="the encoder's ImageNet weights, as for python -m train")
    arguments = parser.parse_args()
    plan = read_plan(arguments.plan)
    if unknown := sorted(set(arguments.configs) - set(plan)):
        raise UserError(f"{arguments.plan} has no ablations of {', '.join(unknown)}; it has {', '.join(plan)}")
    options = {"--data-dir": arguments.data_dir, "--encoder-weights": arguments.encoder_weights}
    forwarded = [text for key, value in options.items() if value for text in (key, str(value))]
    for config in arguments.configs or plan:
        _ablate(config, plan[config], arguments.results, forwarded)
    return 0


def _ablate(config: str, ablation: Ablation, results: Path, arguments: list[str]) -> None:
    """Measure the rows of one config that have no result yet."""
    for seed in ablation.seeds:
        for name, changed in ablation.rows().items():
            row = {"config": config, "variant": name, "seed": seed, "budget": ablation.budget, "changed": changed}
            if any(_matches(row, known, row) for known in read_results(results)):
                continue
            overrides = {**ablation.budget, **changed, "train.seed": seed}
            row |= measure(config, overrides, paths.cache_dir() / "ablations" / config, arguments)
            kept = [known for known in read_results(results) if not _matches(row, known, ("config", "variant", "seed"))]
            write_text(results, json.dumps([*kept, row], indent=1, ensure_ascii=False) + "\n")
            score = f"{row['split']} mIoU {row['miou']:.4f}"
            print(f"{config}, {name}, seed {seed}: {score}, {row['minutes']} minutes", flush=True)


def _matches(row: dict[str, Any], known: dict[str, Any], keys: Iterable[str]) -> bool:
    """Return whether a row equals one read from the results in some keys."""
    return all(known.get(key) == json.loads(json.dumps(row[key])) for key in keys)


if __name__ == "__main__":
    run(main)
