"""Import the logs that a visitor uploads: find the format of each file and the run it belongs to."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from configs.errors import UserError
from pages.training.curves import TrainingCurves
from pages.training.logs import any_table
from pages.training.logs.formats import formats
from pages.training.logs.log_file import LogFile
from pages.training.logs.log_format import Format
from pages.training.logs.table import counted, listed

_COULD_BE_LOGS = (".csv", ".json", ".jsonl")


def known_formats() -> list[str]:
    """Return what can be uploaded, each in a few words of Markdown."""
    return [form.title for form in (*formats(), any_table.FORMAT)]


def read(files: Sequence[tuple[str, bytes]]) -> tuple[list[TrainingCurves], list[str]]:
    """Return the curves of uploaded logs under names that differ, and one sentence per file without curves.

    There is one result per run: most programs write a file for each, TensorBoard a folder. A folder may hold anything
    besides logs: such files are ignored, but counted and named if they could be logs by their ending.

    Args:
        files: Path within the upload, with ``/`` between folders, and content of each file.
    """
    runs: dict[tuple[str, str, int], tuple[Format, list[LogFile]]] = {}
    ignored = []
    for index, file in enumerate(LogFile(path, content) for path, content in files):
        form = next((form for form in (*formats(), any_table.FORMAT) if form.recognises(file)), None)
        if form is None and file.folders:
            ignored.append(file.path)
            continue
        form = form or any_table.FORMAT  # which says what the file lacks
        run = form.run_of(file)
        alone = index if run == file.path else -1  # two files of the same name are two runs
        runs.setdefault((run, form.title, alone), (form, []))[1].append(file)
    found: list[TrainingCurves] = []
    problems = []
    for (run, _, _), (form, group) in sorted(runs.items(), key=lambda item: item[0][0]):  # browsers upload in any order
        try:
            found += form.read(run, group)
        except UserError as error:
            problems.append(str(error))
    return distinct(found), problems + _ignored_files(ignored, nothing_else=not runs)


def distinct(found: Sequence[TrainingCurves], taken: Collection[str] = ()) -> list[TrainingCurves]:
    """Return the curves under names that differ from each other and from the ``taken`` ones, by numbering them."""
    names = set(taken)
    result = []
    for curves in found:
        name, number = curves.name, 1
        while name in names:
            number += 1
            name = f"{curves.name} ({number})"
        names.add(name)
        result.append(replace(curves, name=name))
    return result


def _ignored_files(paths: Sequence[str], *, nothing_else: bool) -> list[str]:
    """Name the files of a folder that are no logs: all of them if there is no log, else those that could be one."""
    named = sorted(path for path in paths if nothing_else or path.lower().endswith(_COULD_BE_LOGS))
    if not named:
        return []
    none = "; there is no log in the folder" if nothing_else else ""
    return [f"{listed(named)}: {counted(len(named), 'file')} without epochs or steps, so not read as logs{none}."]
