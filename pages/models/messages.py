"""Errors of the command lines, worded for a page."""

import re


def without_options(message: str) -> str:
    """Return an error of the command line without its options, which a page does not have.

    >>> without_options("--classes: the network has 4 classes, not 3")
    'the network has 4 classes, not 3'
    >>> without_options("there is a model unet already, in runs/unet; choose another name with --name")
    'there is a model unet already, in runs/unet; choose another name'
    """
    return re.sub(r"^--[a-z-]+: | with --[a-z-]+", "", message)
