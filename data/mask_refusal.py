"""Why a mask cannot be read: how many pixels have no class, where the first one is, and what to do."""

import numpy as np
from numpy.typing import NDArray

from data.class_codes import class_ids, official_colours, own_colours
from data.label_space import LabelSpace
from data.mask_file import MaskFile

_SMOOTHED = 4
"""With more labels than this that are no class's, the edges of a grey mask were smoothed."""


def refusal(file: MaskFile, label_space: LabelSpace) -> str:
    """Return a sentence about the pixels of a mask to which the best of all readings gives no class."""
    palettes = [own_colours(label_space), *official_colours(label_space).values()] if file.colours else []
    explained = [[value for value in file.present if file.colours[value] in palette] for palette in palettes]
    if file.labels:
        ids = class_ids(label_space)
        explained.append([value for value, label in file.labels.items() if label in ids])
    unknown = np.ones(256, bool)
    unknown[max(explained, key=lambda values: file.counts[values].sum())] = False
    pixels, (row, column) = int(file.counts[unknown].sum()), _first(unknown, file.values)
    value = int(file.values[row, column])
    what = f"label {file.labels[value]}" if file.labels else f"colour #{file.colours[value]:06x}"
    few = 2 * pixels < file.values.size and (not file.labels or np.count_nonzero(file.counts[unknown]) > _SMOOTHED)
    if greys := _greys(file, label_space):
        advice = f"these are the greys of {greys}, so save the palette itself or its colours"
    elif few:
        advice = "export the mask without smoothing, so that every pixel has one class"
    else:
        ids_allowed = f"0 to {len(label_space) - 1}, 255 for none"
        advice = f"save it as a grey or palette PNG of class ids ({ids_allowed}) or in the classes' colours"
    return (
        f"{file.name}: {pixels:,} of {file.values.size:,} pixels have no class, the first at x {column}, y {row} with "
        f"the {what}; {advice}"
    )


def _greys(file: MaskFile, label_space: LabelSpace) -> str:
    """Return the colours that became the greys of a mask, as where a palette was opened as a photograph, or ""."""
    palettes = {"the classes' colours": own_colours(label_space)}
    palettes |= {f"the official colours of {title}": found for title, found in official_colours(label_space).items()}
    for title, colours in palettes.items():
        if file.labels and set(file.labels.values()) <= {_luma(colour) for colour in colours}:
            return title
    return ""


def _luma(colour: int) -> int:
    """Return the grey of a 24-bit colour as Pillow and OpenCV compute it (ITU-R BT.601)."""
    red, green, blue = colour >> 16, colour >> 8 & 255, colour & 255
    return round(0.299 * red + 0.587 * green + 0.114 * blue)


def _first(unknown: NDArray[np.bool_], values: NDArray[np.uint8]) -> tuple[int, int]:
    """Return row and column of the first pixel whose value is unknown."""
    row = next(row for row, line in enumerate(values) if unknown[line].any())
    return row, int(np.argmax(unknown[values[row]]))
