"""What a format of logs has to provide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from pages.training.curves import TrainingCurves
from pages.training.logs.log_file import LogFile


@dataclass(frozen=True)
class Format:
    """A kind of log that a program writes.

    Attributes:
        title: What a visitor looks for, in Markdown: the program and the name of its file.
        recognises: Returns whether a file is of this format; it never raises.
        read: Returns the curves of one run from its name and its files; raises ``LogError`` if there are none.
        run_of: Returns the name of the run that a file belongs to; files of the same run are read together.
    """

    title: str
    recognises: Callable[[LogFile], bool]
    read: Callable[[str, Sequence[LogFile]], list[TrainingCurves]]
    run_of: Callable[[LogFile], str] = attrgetter("path")
