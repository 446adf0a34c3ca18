"""Publishes a finished run in ``models/zoo``: ``python -m train.publish RUN [--name NAME]``.

``python -m train.publish NAME --precision int8`` adds the scores of a published model in another precision to it.
"""

from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from configs.errors import UserError
from models.inference.formats import PRECISIONS
from models.runs import in_use, registry
from train.publishing.precisions import add_scores
from train.publishing.publish import publish


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m train.publish", description="Publish a finished run in models/zoo.")
    parser.add_argument("run", metavar="RUN", help="folder or name of a local run")
    parser.add_argument("--name", help="name to publish it under (default: the name in the config)")
    added = "add the scores of a published model in this precision, which were computed here, to it"
    parser.add_argument("--precision", choices=PRECISIONS[1:], help=added)
    arguments = parser.parse_args()
    run = registry.find_run(arguments.run)
    if arguments.precision is not None and not (run.published and arguments.name is None):
        raise UserError("--precision: goes with the name of a published model, and without --name")
    with in_use.held(run.path):
        if arguments.precision is not None:
            add_scores(run, arguments.precision)
            print(f"{run.path}: has the scores in {arguments.precision} now")
            return 0
        print(f"published in {publish(run, arguments.name or run.experiment.name)}")
    return 0


if __name__ == "__main__":
    run_main(main)
