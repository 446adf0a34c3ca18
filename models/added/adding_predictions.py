"""Adds predictions that some other program wrote: a label map, or scores of every class, per picture of a split."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs import paths
from configs.errors import UserError
from configs.files import write_text
from data import progress, store
from data.store import Samples
from models.added import adding, stored
from models.added.describing import SMALLEST_OBJECT
from models.added.prediction_files import Reader, files_of
from models.added.stored import Description, StoredPredictions, pixel_digest
from models.added.stored_predictor import LEVELS, encoded

LISTED = 20
"""At most so many faults are told; the others are counted."""


def add_predictions(
    folder: Path, dataset: str, split: str, name: str | None = None, data_dir: Path | None = None
) -> StoredPredictions:
    """Add the predictions in ``folder`` for the pictures of a split as a model; ``prediction_files`` has the formats.

    Raises:
        UserError: If a picture has no file, or a file has no picture, another size, or a value that is no class; the
            message tells all of that at once. Nothing is left behind then.
    """
    chosen = adding.check_name(name or adding.default_name(folder.resolve()))
    samples = store.open_split(dataset, split, data_dir or paths.data_dir())
    files, faults = files_of(folder, samples.ids)
    reader = Reader.of(list(files.values()), samples.label_space, dataset)
    with adding.temporary_folder() as temporary:
        maps = _read_all(files, samples, reader, faults)
        if faults:
            raise UserError(_told(folder, faults))
        np.savez(temporary / stored.MAPS, **maps)  # type: ignore[arg-type]
        described = Description(
            dataset=dataset,
            split=split,
            source=str(folder),
            pictures=len(samples),
            has_confidence=any(key.endswith(stored.CONFIDENCE) for key in maps),
            smallest_object=SMALLEST_OBJECT,
        )
        write_text(temporary / stored.FILE, stored.dump(described))
        adding.move_in(temporary, chosen)
    return StoredPredictions(paths.runs_dir() / chosen)


def _read_all(
    files: dict[str, Path], samples: Samples, reader: Reader, faults: list[str]
) -> dict[str, NDArray[np.uint8]]:
    """Return what is stored for every picture that has a valid file, and append the faults of the others."""
    maps: dict[str, NDArray[np.uint8]] = {}
    for index, one in enumerate(progress.counted(samples.ids, "reading predictions", len(samples))):
        if one not in files:
            continue
        image = samples[index].image
        try:
            labels, confidence = reader.read(files[one], (image.shape[0], image.shape[1]))
        except UserError as error:
            faults.append(str(error))
            continue
        digest = pixel_digest(image)
        maps[digest] = encoded(labels)
        if confidence is not None:
            maps[digest + stored.CONFIDENCE] = encoded(np.rint(confidence * LEVELS).astype(np.uint16))
    return maps


def _told(folder: Path, faults: list[str]) -> str:
    """Return all faults in one message."""
    more = f"; and {len(faults) - LISTED} more" if len(faults) > LISTED else ""
    return f"{folder}: {len(faults)} of the predictions can't be used: " + "; ".join(faults[:LISTED]) + more
