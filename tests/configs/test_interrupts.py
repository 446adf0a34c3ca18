"""Ctrl-C at moments when libraries lose it, in processes of their own."""

import subprocess
import sys

import pytest

from configs.paths import ROOT

HEAD = """
import os, signal, sys, threading, time
sys.argv = ["-m"]
# Tests that run in the background of a shell inherit that the signal is ignored, and so would the program.
signal.signal(signal.SIGINT, signal.default_int_handler)
press = lambda: os.kill(os.getpid(), signal.SIGINT)
from configs import interrupts
from configs.command_line import quiet_libraries, run
"""

MOMENTS = {
    "while importing": "press(); time.sleep(60)",
    "in main": "def main():\n    press(); time.sleep(60)\nrun(main)",
    "where Python can only print it": """
class Fragile:
    def __del__(self):
        press(); time.sleep(0.1)
def main():
    Fragile()
    time.sleep(60)
run(main)
""",
    "a library takes it for its own error": """
def main():
    try:
        press(); time.sleep(60)
    except KeyboardInterrupt:
        raise ImportError("something is missing")
run(main)
""",
    "a library passes over it": """
def main():
    with quiet_libraries():
        try:
            press(); time.sleep(60)
        except BaseException:
            pass
    time.sleep(60)
run(main)
""",
    "a thread does not end": """
def main():
    threading.Thread(target=time.sleep, args=(60,)).start()
    press(); time.sleep(60)
run(main)
""",
    "again, because cleaning up takes long": """
def main():
    try:
        press(); time.sleep(60)
    finally:
        threading.Timer(interrupts.ONE_PRESS + 0.2, press).start()
        time.sleep(60)
run(main)
""",
}


@pytest.mark.parametrize("program", MOMENTS.values(), ids=MOMENTS.keys())
def test_ctrl_c_ends_a_program_with_130_and_without_a_traceback(program: str) -> None:
    result = python(HEAD + program)
    assert (result.returncode, result.stderr) == (130, "")


def test_a_second_signal_of_the_same_press_does_not_disturb_the_cleaning_up() -> None:
    program = """
def main():
    try:
        press()
    finally:
        press(); time.sleep(0.1); print("clean")
run(main)
"""
    result = python(HEAD + program)
    assert (result.returncode, result.stdout, result.stderr) == (130, "clean\n", "")


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_program_that_is_not_interrupted_keeps_its_code_and_its_output(code: int) -> None:
    result = python(f"{HEAD}def main():\n    print('result')\n    return {code}\nrun(main)")
    assert (result.returncode, result.stdout, result.stderr) == (code, "result\n", "")


def test_output_onto_a_full_disk_is_one_line_and_exit_code_2() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - not a path of ours
        result = subprocess.run(
            [sys.executable, "-c", f"{HEAD}def main():\n    print('result')\n    return 0\nrun(main)"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("error: ")


def python(program: str) -> "subprocess.CompletedProcess[str]":
    """Run a program whose sleeps of a minute are never slept."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=50)
