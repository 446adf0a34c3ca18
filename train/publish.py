"""Publishes a finished run in ``models/zoo``: ``python -m train.publish RUN [--name NAME]``."""

from configs.command_line import ArgumentParser
from configs.command_line import run as run_main
from models.runs import in_use, registry
from train.publishing.publish import publish


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m train.publish", description="Publish a finished run in models/zoo.")
    parser.add_argument("run", metavar="RUN", help="folder or name of a local run")
    parser.add_argument("--name", help="name to publish it under (default: the name in the config)")
    arguments = parser.parse_args()
    run = registry.find_run(arguments.run)
    with in_use.held(run.path):
        print(f"published in {publish(run, arguments.name or run.experiment.name)}")
    return 0


if __name__ == "__main__":
    run_main(main)
