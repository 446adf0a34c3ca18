"""Writes the objects of a label map in COCO's JSON format, for annotation tools and detection scorers.

Source: https://cocodataset.org/#format-data and the ``pycocotools`` package.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pycocotools.mask
from numpy.typing import NDArray

from data.label_space import LabelSpace
from models.metrics.regions import Region


def document(
    file_name: str, regions: Sequence[Region], places: NDArray[np.int32], label_space: LabelSpace, description: str = ""
) -> dict[str, Any]:
    """Return the objects of one image, ready for ``json.dumps``.

    It has one entry in ``images``, a category per class that can have objects, whose id is the class id, and an
    annotation per region: its box is left, top, width, height in pixels, its ``score`` the mean confidence
    (absent if the model does not tell it), its mask compressed run lengths. ``regions`` and ``places`` are what
    ``models.metrics.regions.regions`` returns.
    """
    height, width = places.shape
    return {
        "info": {"description": description},
        "images": [{"id": 1, "file_name": file_name, "width": width, "height": height}],
        "categories": [{"id": id_, "name": label_space.names[id_], "supercategory": ""} for id_ in label_space.things],
        "annotations": [
            {
                "id": index,
                "image_id": 1,
                "category_id": region.ident,
                "bbox": list(region.box),
                "area": region.area,
                "segmentation": run_lengths(places, index, region.box),
                **({} if region.confidence is None else {"score": region.confidence}),
                "iscrowd": 0,
            }
            for index, region in enumerate(regions, start=1)
        ],
    }


def run_lengths(places: NDArray[np.int32], value: int, box: tuple[int, int, int, int]) -> dict[str, Any]:
    """Return the mask of the pixels equal to ``value`` in COCO's compressed run-length encoding.

    Reads only ``box`` (left, top, width and height in pixels), outside which ``value`` must not occur, so that many
    small objects take no longer than one that fills the image.

    Returns:
        ``size``, height and width of the picture, and ``counts``: the lengths of the runs of 0 and 1 in turn, column by
        column, as text; from the fourth on COCO stores the difference to the length before last.

    >>> run_lengths(np.array([[0, 7, 7], [0, 0, 7]], np.int32), 7, (1, 0, 2, 2))
    {'size': [2, 3], 'counts': '2111'}
    """
    size = list(places.shape)
    left, top, width, height = box
    inside = np.zeros((width, height + 2), bool)  # columns first, a 0 before and after each
    inside[:, 1:-1] = (places[top : top + height, left : left + width] == value).T
    column, row = np.divmod(np.flatnonzero(inside[:, 1:] != inside[:, :-1]), height + 1)
    # Alternately the first pixel of a run of 1 and the first one after it.
    edges = (left + column) * size[0] + top + row
    whole = 1 + np.flatnonzero(edges[1:-1] == edges[2:])  # the run continues at the top of the next column
    edges = np.delete(edges, np.concatenate([whole, whole + 1]))
    counts = np.diff(edges, prepend=0, append=places.size)
    if counts[-1] == 0:  # COCO writes no empty run at the end
        counts = counts[:-1]
    packed = pycocotools.mask.frPyObjects({"size": size, "counts": counts}, *size)
    return {"size": size, "counts": packed["counts"].decode("ascii")}
