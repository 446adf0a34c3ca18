from tools import recipes
from train import ablation


def test_the_page_shows_the_scores_that_were_measured():
    text = recipes.PAGE.read_text(encoding="utf-8")
    assert recipes.replace_tables(text) == text, "run `python -m tools.recipes`"


def test_every_score_is_of_a_row_of_the_plan():
    plan = ablation.read_plan(ablation.PLAN)
    for row in ablation.read_results(ablation.RESULTS):
        wanted = plan[row["config"]]
        assert row["budget"] == wanted.budget, row["variant"]
        assert row["changed"] == wanted.rows()[row["variant"]]
        assert row["seed"] in wanted.seeds


BUDGET: dict[str, object] = {"train.epochs": 2, "train.small_start": None}


def row(variant: str, miou: float, seed: int = 1, budget: dict[str, object] = BUDGET) -> dict[str, object]:
    score = {"split": "val", "miou": miou, "minutes": 1.5}
    return {"config": "net", "variant": variant, "seed": seed, "budget": budget} | score


def cells(rows: list[dict[str, object]]) -> list[str]:
    """Return the rows of the table below its head."""
    return [line for line in recipes.tables(rows).splitlines() if line.startswith("|")][2:]


def test_a_table_has_the_recipe_first_and_then_the_worst_change():
    rows = [row("better", 0.6), row(ablation.RECIPE, 0.5), row("worse", 0.25)]
    rows += [row("better", 0.7, seed=2), row(ablation.RECIPE, 0.54, seed=2), row("worse", 0.35, seed=2)]
    assert cells(rows) == [
        f"| **{ablation.RECIPE}** | 0.5200 | |",
        "| worse | 0.3000 | -0.2200 |",
        "| better | 0.6500 | +0.1300 |",
    ]


def test_only_rows_of_equal_budget_and_seeds_are_compared():
    """A seed that not all were trained with, and rows of a budget that the plan no longer has, take no part."""
    rows = [row(ablation.RECIPE, 0.3, budget={"train.epochs": 1}), row("old", 0.9, budget={"train.epochs": 1})]
    rows += [row(ablation.RECIPE, 0.5), row("better", 0.6), row(ablation.RECIPE, 0.54, seed=2)]
    assert cells(rows) == [f"| **{ablation.RECIPE}** | 0.5000 | |", "| better | 0.6000 | +0.1000 |"]
    assert "`train.epochs: 2`" in recipes.tables(rows)
    assert "; seed 1;" in recipes.tables(rows)
