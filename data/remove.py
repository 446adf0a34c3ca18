"""Remove a dataset that was added; its pictures and labels stay where they are.

python -m data.remove NAME
"""

from configs.command_line import ArgumentParser, run
from data.added import adding


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m data.remove", description="Remove a dataset that was added.")
    parser.add_argument("name", metavar="NAME", help="its name")
    arguments = parser.parse_args()
    for path in adding.remove(arguments.name):
        print(f"removed {path}")
    return 0


if __name__ == "__main__":
    run(main)
