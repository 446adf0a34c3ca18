"""Ctrl-C at any moment of a command line: it ends soon, with exit code 130 and without a traceback.

While a program is still importing there is nothing to clean up, so it ends at once. Later the main thread gets a
``KeyboardInterrupt``, which libraries may lose: those that call Python from compiled code print it and go on, others
turn it into an error of their own. So what counts is that Ctrl-C was pressed, not which error comes of it.
"""

import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

STOPPED = 130
"""Exit code after Ctrl-C, as shells expect it."""

PROGRAMS = ("data", "models", "train", "tools")
"""The packages whose modules are command lines: ``python -m models.predict``."""

ONE_PRESS = 0.5
"""Seconds in which further signals are the same Ctrl-C: ``timeout`` and ``make`` send it twice."""


class _State:
    """Of this process: whether the program's ``main`` is running, and when Ctrl-C was pressed."""

    running = False
    pressed: float | None = None
    lost = False
    """Whether a library has swallowed the ``KeyboardInterrupt``."""


def start() -> None:
    """Let Ctrl-C raise ``KeyboardInterrupt`` from now on, because there may be something to clean up."""
    _State.running = True
    sys.unraisablehook = _again


def pressed() -> bool:
    """Return whether Ctrl-C was pressed, even if a library has swallowed its ``KeyboardInterrupt``."""
    return _State.pressed is not None


def leave(code: int) -> NoReturn:
    """End the process without the interpreter's shutdown, in which threads of TensorFlow and OpenVINO may abort it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            os.write(2, f"error: the output can't be written ({error.strerror})\n".encode())
            code = code or 2
    os._exit(code)


def _handle(number: int, frame: FrameType | None) -> None:
    if not _State.running:
        os._exit(STOPPED)
    now = time.monotonic()
    if _State.pressed is None or _State.lost:
        _State.pressed, _State.lost = _State.pressed or now, False
        raise KeyboardInterrupt
    if now - _State.pressed > ONE_PRESS:
        os._exit(STOPPED)  # pressed again, because the first time did not end it soon enough


def _again(error: "sys.UnraisableHookArgs") -> None:
    """Repeat a ``KeyboardInterrupt`` that was raised where Python can only print it, as in a callback of an import."""
    if error.exc_type is KeyboardInterrupt:
        _State.lost = True
        repeat = threading.Timer(0.05, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
        repeat.daemon = True
        repeat.start()  # not from here, where it would be lost again
    else:
        sys.__unraisablehook__(error)


def _is_program() -> bool:
    """Return whether this process runs one of the command lines."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    # Python imports the packages above a program before it is the main module.
    return sys.argv[:1] == ["-m"] or (spec is not None and spec.name.partition(".")[0] in PROGRAMS)


if _is_program() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # ignored in a script's background
    signal.signal(signal.SIGINT, _handle)
