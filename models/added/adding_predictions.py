"""Adds predictions that some other program wrote: a label map, or scores of every class, per picture of a split."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from configs import paths
from configs.errors import UserError
from configs.files import write_text
from data import progress, store
from data.store import Samples
from models.added import adding, prediction_masks, prediction_scores, stored
from models.added.describing import SMALLEST_OBJECT
from models.added.prediction_files import MASKS, SCORES, files_of
from models.added.prediction_masks import Convention
from models.added.stored import Description, StoredPredictions, pixel_digest
from models.added.stored_predictor import LEVELS, encoded
from models.added.temporary_folders import temporary_folder

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
    chosen = adding.check_name(adding.default_name(folder) if name is None else name)
    samples = store.open_split(dataset, split, data_dir or paths.data_dir())
    files, faults = files_of(folder, samples.ids)
    masks = [path for path in files.values() if path.suffix.lower() in MASKS]
    convention = prediction_masks.convention(masks, samples.label_space, dataset)
    faults += [convention.fault] if convention.fault else []
    maps = _read_all(files, samples, convention, faults)
    if faults:
        raise UserError(_told(folder, faults))
    described = Description(
        dataset=dataset,
        split=split,
        source=str(folder),
        reading=convention.title,
        pictures=len(samples),
        has_confidence=any(key.endswith(stored.CONFIDENCE) for key in maps),
        smallest_object=SMALLEST_OBJECT,
    )
    with temporary_folder() as temporary:
        np.savez(temporary / stored.MAPS, **maps)  # type: ignore[arg-type]
        write_text(temporary / stored.FILE, stored.dump(described))
        adding.move_in(temporary, chosen)
    return StoredPredictions(paths.runs_dir() / chosen)


def _read_all(
    files: dict[str, Path], samples: Samples, convention: Convention, faults: list[str]
) -> dict[str, NDArray[np.uint8]]:
    """Return what is stored for every picture that has a valid file, and append the faults of the others."""
    maps: dict[str, NDArray[np.uint8]] = {}
    names: dict[str, str] = {}
    space = samples.label_space
    for index, one in enumerate(progress.counted(samples.ids, "reading predictions", len(samples))):
        if one not in files:
            continue
        image, path = samples[index].image, files[one]
        size, confidence = (image.shape[0], image.shape[1]), None
        try:
            if path.suffix.lower() in SCORES:
                labels, confidence = prediction_scores.read(path, size, space)
            else:
                labels = convention.read(path, size, space)
        except UserError as error:
            faults.append(str(error))
            continue
        digest, content = pixel_digest(image), encoded(labels)
        same = names.setdefault(digest, one)  # predictions are found by the picture's pixels
        if same != one and not np.array_equal(maps[digest], content):
            faults.append(f"{path.name}: differs from the prediction for {same}, which is the same picture as {one}")
        maps[digest] = content
        if confidence is not None:
            maps[digest + stored.CONFIDENCE] = encoded(np.rint(confidence * LEVELS).astype(np.uint16))
    return maps


def _told(folder: Path, faults: list[str]) -> str:
    """Return all faults in one message."""
    more = f"; and {len(faults) - LISTED} more" if len(faults) > LISTED else ""
    return f"{folder}: {len(faults)} of the predictions can't be used: " + "; ".join(faults[:LISTED]) + more
