"""How often each class was seen in training, which model cards cite for rare classes."""

from pathlib import Path
from typing import Any

from data import store
from models.runs.run import Run


def count(run: Run, data_dir: Path) -> dict[str, Any] | None:
    """Count the classes in the masks that a run was trained on.

    Returns:
        ``pictures`` (how many there are) and ``classes``: of each scored class ``name``, ``pictures`` (that show it)
        and ``pixels``, at the masks' own size. None if the pictures here are not those it was trained on.

    Raises:
        UserError: If the dataset can't be had.
    """
    data, space = run.experiment.data, run.label_space
    samples = store.open_split(data.dataset, "train", data_dir, data.limit)
    trained_on = (run.path / "train_images.txt").read_text(encoding="utf-8").split()
    if set(trained_on) != set(samples.hashes):
        return None
    counts = samples.class_pixels()
    pixels, pictures = counts.sum(axis=0), (counts > 0).sum(axis=0)
    return {
        "pictures": len(samples),
        "classes": [
            {"name": space.names[ident], "pictures": int(pictures[ident]), "pixels": int(pixels[ident])}
            for ident in space.scored
        ],
    }
