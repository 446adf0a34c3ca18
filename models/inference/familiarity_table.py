"""Writes which pictures are unlike those a model was trained on, as a table beside their label maps."""

from collections.abc import Mapping
from pathlib import Path

from configs import csv_tables
from configs.errors import UserError
from configs.files import write_text
from models.runs.familiarity import Verdict

FILE = "familiarity.csv"
COLUMNS = ("picture", "unlike", "distance", "threshold")


def write(folder: Path, model: str, verdicts: Mapping[str, Verdict]) -> str:
    """Write the verdicts by the names of the pictures; return how many are unlike, as a sentence.

    Raises ``UserError`` if the file can't be written.
    """
    rows = ((name, int(one.unlike), f"{one.distance:.4g}", f"{one.threshold:.4g}") for name, one in verdicts.items())
    file = folder / FILE
    try:
        write_text(file, csv_tables.text(COLUMNS, rows))
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror or error})") from error
    unlike = sum(one.unlike for one in verdicts.values())
    return f"{unlike} of {len(verdicts)} pictures are unlike those {model} was trained on; {FILE} there tells which"
