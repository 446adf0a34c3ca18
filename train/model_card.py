"""Rewrites the cards of published models from their runs' files: ``python -m train.model_card [NAME ...]``."""

from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from configs.errors import UserError
from models.runs import registry
from train.publishing import model_card


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m train.model_card", description="Rewrite the cards of published models.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="published models (default: all)")
    arguments = parser.parse_args()
    runs = [registry.find_run(name) for name in arguments.names] or [run for run in registry.runs() if run.published]
    for run in runs:
        if not run.published:
            raise UserError(f"{run.path}: not a published model; publishing a run writes its card")
    for run in runs:
        print(f"{run.path / model_card.CARD}: {'rewritten' if model_card.renew(run) else 'unchanged'}")
    return 0


if __name__ == "__main__":
    run_main(main)
