"""Targets with every kind of fault; child processes import them from here."""

import os
import time

from configs.errors import UserError


def seeds():
    return [{"file": b"0123456789" * 10}]


def behave(files, _):
    """Do something else for each input."""
    match sum(files["file"]) % 7:
        case 0:
            raise UserError("no")
        case 1:
            raise UserError("two\nlines")
        case 2:
            raise KeyError("x")
        case 3:
            os.abort()


def sleep(*_):
    time.sleep(60)
