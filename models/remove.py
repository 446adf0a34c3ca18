"""Removes a model that was added: ``python -m models.remove NAME``; others are never touched."""

from configs.command_line import ArgumentParser, run
from models.added import adding


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m models.remove", description="Remove a model that was added from a file.")
    parser.add_argument("name", metavar="NAME", help="name of the added model")
    folder = adding.remove(parser.parse_args().name)
    print(f"removed {folder}")
    return 0


if __name__ == "__main__":
    run(main)
