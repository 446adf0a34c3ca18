from docs import recipes
from train import ablation


def test_the_page_shows_the_scores_that_were_measured():
    text = recipes.PAGE.read_text(encoding="utf-8")
    assert recipes.replace_tables(text) == text, "run `python -m docs.recipes`"


def test_every_score_is_of_a_row_of_the_plan():
    plan = ablation.read_plan(ablation.PLAN)
    for row in ablation.read_results(ablation.RESULTS):
        wanted = plan[row["config"]]
        assert row["budget"] == wanted.budget, row["variant"]
        assert row["changed"] == wanted.rows()[row["variant"]]
        assert row["seed"] in wanted.seeds


def test_a_table_has_the_recipe_first_and_then_the_worst_change():
    def row(variant: str, miou: float, seed: int = 1) -> dict[str, object]:
        budget = {"train.epochs": 2, "train.small_start": None}
        return {"config": "net", "variant": variant, "seed": seed, "budget": budget, "split": "val", "miou": miou} | {
            "minutes": 1.5
        }

    rows = [row("better", 0.6), row(ablation.RECIPE, 0.5), row("worse", 0.25), row(ablation.RECIPE, 0.54, seed=2)]
    lines = [line for line in recipes.tables(rows).splitlines() if line.startswith("|")]
    assert lines[2:] == [
        f"| **{ablation.RECIPE}** | 0.5200 | |",
        "| worse | 0.2500 | -0.2700 |",
        "| better | 0.6000 | +0.0800 |",
    ]
