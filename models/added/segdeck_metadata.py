"""Reads what SegDeck itself wrote into an ONNX file: the sentences of ``deployment.facts``."""

import re

from models.added.draft import Draft

_NUMBER = r"(-?[0-9.]+(?:e[-+]?[0-9]+)?)"


def read(metadata: dict[str, str], draft: Draft) -> None:
    """Take over the metadata of a network that SegDeck exported; others are left alone."""
    if not {"input", "resize", "output", "labels", "classes"} <= metadata.keys():
        return
    values = re.search(rf"value 0 of a pixel becomes {_NUMBER}, 255 becomes {_NUMBER}\.", metadata["input"])
    if values is None:
        return
    reason = "SegDeck wrote it into the file"
    draft.hint("layout", "NHWC", reason)
    draft.hint("colour", "RGB", reason)
    draft.hint("range", (float(values[1]), float(values[2])), reason)
    draft.hint("mean", None, reason)
    draft.hint("std", None, reason)
    draft.hint("resize", "letterbox" if metadata["resize"].startswith("Scale") else "stretch", reason)
    draft.hint("output", "probabilities", reason)
    draft.hint("class_names", class_names(metadata["classes"]), reason)
    void = re.match(r"Class (\d+) \(.*?\) is never predicted", metadata["labels"])
    draft.hint("void", int(void[1]) if void else None, reason)


def class_names(text: str) -> tuple[str, ...]:
    """Return the names in a text such as ``0 sky, 1 red, green or blue car``.

    >>> class_names("0 sky, 1 red, green or blue car")
    ('sky', 'red, green or blue car')
    """
    names: list[str] = []
    rest = text.removeprefix("0 ")
    while (end := rest.find(separator := f", {len(names) + 1} ")) >= 0:
        names.append(rest[:end])
        rest = rest[end + len(separator) :]
    return (*names, rest)
