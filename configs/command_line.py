"""Common parts of all command lines: a user's mistake is one clear line and exit code 2, without a traceback."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from configs import disk, interrupts
from configs.errors import UserError

BAD_USAGE = 2
"""Exit code for a bad argument, file or folder."""


class ArgumentParser(argparse.ArgumentParser):
    """An ``argparse.ArgumentParser`` whose error messages are a single line."""

    def error(self, message: str) -> NoReturn:
        """Print ``message`` as one line on stderr and exit with code 2."""
        self.exit(BAD_USAGE, f"{self.prog}: {message} (see --help)\n")


def run(main: Callable[[], int]) -> NoReturn:
    """Call ``main`` and exit with its code.

    A ``UserError`` and a full disk become one line on stderr and exit code 2; Ctrl-C becomes exit code 130, whatever a
    library made of it.
    """
    is_program = main.__module__ == "__main__"
    if is_program:
        interrupts.start()
    try:
        code = main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        code = BAD_USAGE
    except KeyboardInterrupt:
        code = interrupts.STOPPED
    except Exception as error:
        if not interrupts.pressed():
            full = disk.reason(error)
            if full is None:
                raise
            file = getattr(error, "filename", None)
            print(f"error: {file}: {full}" if file else f"error: {full}", file=sys.stderr)
        code = BAD_USAGE
    if interrupts.pressed():
        code = interrupts.STOPPED
    if is_program:
        interrupts.leave(code)
    sys.exit(code)


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Discard everything written to stderr inside the block, also by compiled libraries.

    TensorFlow prints notes during its import, before it reads ``TF_CPP_MIN_LOG_LEVEL``. Exceptions propagate.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
        if interrupts.pressed():  # a library took it for a failed import and went on
            raise KeyboardInterrupt
    finally:
        sys.stderr.flush()
        os.dup2(stderr, 2)
        os.close(stderr)
