"""Writes the README's table of models from the configs and the published runs: ``python -m tools.model_table``."""

from pathlib import Path

from configs import paths, schema
from configs.files import write_text
from models.runs import registry
from models.runs.evaluation import SplitScores
from models.runs.run import Run

README = paths.ROOT / "README.md"
START, END = "<!-- models: python -m tools.model_table -->\n", "<!-- end of models -->\n"
COLUMNS = ("Model", "Network", "Dataset", "Input (H×W)", "Parameters", "mIoU", "Pixel accuracy")


def table() -> str:
    """Return the table in Markdown: one row per published run, then one per config without a published run.

    A config that only makes the weights with which a published run began, ``NAME_first``, has none.
    """
    published = {run.name: run for run in registry.runs() if run.published}
    configs = sorted((paths.ROOT / "configs").glob("*.yaml"))
    rows = [_published_row(run) for run in published.values()]
    rows += [_config_row(path) for path in configs if path.stem.removesuffix("_first") not in published]
    lines = [COLUMNS, ("---",) * 4 + ("---:",) * 3, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def replace_table(text: str) -> str:
    """Return the README's ``text`` with the current table between its two marks."""
    before, _, rest = text.partition(START)
    return f"{before}{START}\n{table()}\n{END}{rest.partition(END)[2]}"


def _published_row(run: Run) -> tuple[str, ...]:
    scores = run.scores(run.experiment.evaluate.split) or SplitScores()
    return (
        f"[`{run.name}`](models/zoo/{run.name}/card.md)",
        *_about(run.experiment),
        f"{run.parameters():,}",
        f"{scores.miou:.3f}",
        f"{scores.pixel_accuracy:.3f}",
    )


def _config_row(path: Path) -> tuple[str, ...]:
    return (f"[`{path.stem}`](configs/{path.name})", *_about(schema.load(path)), "–", "not published yet", "–")


def _about(experiment: schema.Experiment) -> tuple[str, str, str]:
    height, width = experiment.data.image_size
    return experiment.model.architecture, experiment.data.dataset, f"{height}×{width}"


if __name__ == "__main__":
    write_text(README, replace_table(README.read_text(encoding="utf-8")))
