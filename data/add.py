"""Add a dataset that lies in a folder: say what it holds, then describe it, so that it trains and has its page.

python -m data.add FOLDER --name N [--format auto|folder|voc|cvat|coco|...] [--classes FILE]
    [--first-id 0|1] [--marked-by numbers|colours]
"""

import shlex
from pathlib import Path

from configs.command_line import ArgumentParser, run
from configs.errors import UserError
from data import formats
from data.added import adding, conventions, looking, report
from data.class_files import HELP


def main() -> int:
    """Run the command line."""
    parser = ArgumentParser(prog="python -m data.add", description="Add a dataset from a folder; nothing is copied.")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the folder with the pictures and labels")
    parser.add_argument("--name", required=True, help="its name here: small letters, digits and _")
    parser.add_argument(
        "--format",
        choices=[looking.AUTO, *formats.names()],
        default=looking.AUTO,
        help="how the folder is laid out (default: recognised by itself)",
    )
    parser.add_argument("--classes", metavar="FILE", type=Path, help=f"names the classes: {HELP}")
    parser.add_argument(
        "--first-id",
        type=int,
        choices=conventions.FIRST_IDS,
        help="the number of the first class in the masks, where nothing says it (default: 0, and 1 for ade20k); with "
        "1, the number 0 is not labelled",
    )
    parser.add_argument(
        "--marked-by",
        choices=conventions.MARKS,
        help="whether the numbers or the colours of the masks count (default: as the table of classes has them)",
    )
    arguments = parser.parse_args()
    said = conventions.Convention(arguments.first_id, arguments.marked_by)
    findings = looking.look(arguments.folder, arguments.name, arguments.format, arguments.classes, said)
    print("\n".join(report.lines(findings)))
    if findings.problems:
        more = f" (and {len(findings.problems) - 1} more problems, see above)" if len(findings.problems) > 1 else ""
        raise UserError(f"{arguments.folder} was not added: {findings.problems[0]}{more}")
    path, config = adding.save(findings)
    print(f"added {arguments.name}: {path}")
    print(f"train on it: python -m train {shlex.quote(str(config))}")
    return 0


if __name__ == "__main__":
    run(main)
