"""Writes the tables of ``docs/recipes.md`` from the ablation results: ``python -m tools.recipes``."""

from statistics import fmean
from typing import Any

from configs import paths
from configs.files import write_text
from train.ablation import RECIPE, RESULTS, read_results

PAGE = paths.ROOT / "docs" / "recipes.md"
START, END = "<!-- ablations: python -m tools.recipes -->\n", "<!-- end of ablations -->\n"


def tables(rows: list[dict[str, Any]]) -> str:
    """Return one table in Markdown per config, its recipe first, then the variants from worst to best."""
    configs = dict.fromkeys(row["config"] for row in rows)
    return "\n".join(_table(config, [row for row in rows if row["config"] == config]) for config in configs)


def replace_tables(text: str) -> str:
    """Return the page's ``text`` with current tables between its two marks."""
    before, _, rest = text.partition(START)
    return f"{before}{START}\n{tables(read_results(RESULTS))}\n{END}{rest.partition(END)[2]}"


def _table(config: str, rows: list[dict[str, Any]]) -> str:
    recipe = next(row for row in reversed(rows) if row["variant"] == RECIPE)
    rows = _comparable(rows, recipe["budget"])
    scores = {name: fmean(row["miou"] for row in rows if row["variant"] == name) for name in _names(rows)}
    budget = ", ".join(f"`{key}: {_yaml(value)}`" for key, value in recipe["budget"].items())
    seeds = ", ".join(str(seed) for seed in sorted({row["seed"] for row in rows}))
    variants = sorted((score, name) for name, score in scores.items() if name != RECIPE)
    lines = [f"| {name} | {score:.4f} | {score - scores[RECIPE]:+.4f} |\n" for score, name in variants]
    return f"""### {config}

Every row within one budget: {budget}; seed {seeds}; {recipe["minutes"]:g} minutes for the recipe.

| | {recipe["split"]} mIoU | difference |
|---|---:|---:|
| **{RECIPE}** | {scores[RECIPE]:.4f} | |
{"".join(lines)}"""


def _comparable(rows: list[dict[str, Any]], budget: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows with this budget whose seed was used for every variant."""
    within = [row for row in rows if row["budget"] == budget]
    seeds = [{row["seed"] for row in within if row["variant"] == name} for name in _names(within)]
    common = set.intersection(*seeds)
    return [row for row in within if row["seed"] in common]


def _names(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["variant"] for row in rows))


def _yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(part)}" for key, part in value.items()) + "}"
    return "null" if value is None else str(value)


if __name__ == "__main__":
    write_text(PAGE, replace_tables(PAGE.read_text(encoding="utf-8")))
