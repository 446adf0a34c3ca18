"""The common parts of all command lines."""

import os
import sys

import pytest

from configs import command_line
from configs.errors import ConfigError, UserError


def parser() -> command_line.ArgumentParser:
    result = command_line.ArgumentParser(prog="program")
    result.add_argument("--number", type=int, required=True)
    return result


@pytest.mark.parametrize(
    "arguments", [[], ["--number", "many"], ["--number"], ["--number", "3", "more"], ["--nubmer=3"]]
)
def test_a_bad_argument_is_one_line_and_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as exit_info:
        parser().parse_args(arguments)
    output, errors = capsys.readouterr()
    assert exit_info.value.code == 2
    assert output == ""
    assert errors.startswith("program: ")
    assert errors.endswith(" (see --help)\n")
    assert errors.count("\n") == 1


def test_help_still_exits_with_0(capsys):
    with pytest.raises(SystemExit) as exit_info:
        parser().parse_args(["--help"])
    assert exit_info.value.code == 0
    assert "--number" in capsys.readouterr().out


@pytest.mark.parametrize("code", [0, 1, 2])
def test_run_exits_with_the_code_of_main(code):
    with pytest.raises(SystemExit) as exit_info:
        command_line.run(lambda: code)
    assert exit_info.value.code == code


@pytest.mark.parametrize("kind", [UserError, ConfigError])
def test_run_turns_a_user_error_into_one_line(kind, capsys):
    def main() -> int:
        raise kind("train.epochs: must be integer, not 'many'")

    with pytest.raises(SystemExit) as exit_info:
        command_line.run(main)
    assert exit_info.value.code == 2
    assert capsys.readouterr() == ("", "error: train.epochs: must be integer, not 'many'\n")


def test_run_does_not_hide_the_traceback_of_a_bug():
    def main() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command_line.run(main)


def test_an_interrupt_exits_as_shells_expect():
    def main() -> int:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as exit_info:
        command_line.run(main)
    assert exit_info.value.code == 130


def test_only_output_inside_the_quiet_block_is_dropped(capfd):
    os.write(2, b"before ")
    with command_line.quiet_libraries():
        os.write(2, b"a library's notes")
    print("after", file=sys.stderr)
    assert capfd.readouterr().err == "before after\n"


def test_an_error_propagates_from_the_quiet_block_and_can_be_reported(capfd):
    with pytest.raises(ConfigError, match="wrong"), command_line.quiet_libraries():
        raise ConfigError("wrong")
    os.write(2, b"reported")
    assert capfd.readouterr().err == "reported"
