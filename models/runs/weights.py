"""Writes, counts and verifies weight files. Keras is only imported for writing."""

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from configs import disk
from configs.errors import UserError
from configs.files import replacing, sha256, write_text

if TYPE_CHECKING:
    import keras

CHECKSUMS = "SHA256SUMS"
"""File in a published run with a line ``<SHA-256>  <path>`` for every other file; ``sha256sum --check`` reads it."""


def save(model: "keras.Model", path: Path) -> None:
    """Write a network's weights as ``keras.Model.load_weights`` reads them, atomically.

    Convolution kernels are stored in float16, which halves the file and changes hardly any label, and everything else
    in float32. The optimizer of a compiled model is not stored. Equal weights give equal bytes. ``model`` is a
    functional model and is not modified.

    Raises:
        ValueError: If a weight is not finite, or a kernel is too large for float16; the message names it.
    """
    import keras

    # Keras stores the optimizer of a compiled model, too; a new model of the same layers has none. It also stores the
    # name, which by default counts the models of the process.
    bare = keras.Model(model.inputs, model.outputs, name="network")
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.weights.h5"
        save_exact(bare, plain)
        with replacing(path) as temporary:
            disk.check_space(temporary, plain.stat().st_size)
            with h5py.File(plain) as source, h5py.File(temporary, "w") as target:
                _copy(source, target)


def save_exact(model: "keras.Model", path: Path) -> None:
    """Write the weights as Keras does, with the optimizer of a compiled model. Raises ``OSError`` on a full disk."""
    variables = [*model.variables, *(model.optimizer.variables if getattr(model, "optimizer", None) else [])]
    numbers = sum(math.prod(variable.shape) * np.dtype(variable.dtype).itemsize for variable in variables)
    disk.check_space(path, numbers + 8192 * len(variables) + 65536)  # the rest is HDF5's structure
    model.save_weights(path, overwrite=True)


def parameters(path: Path) -> int | None:
    """Count the numbers in a weight file, or return None if it can't be read."""
    sizes: list[int] = []
    try:
        with h5py.File(path) as file:
            file.visititems(lambda _, item: sizes.append(item.size) if isinstance(item, h5py.Dataset) else None)
    except (OSError, RuntimeError, KeyError):
        return None
    return sum(sizes)


def verify(folder: Path, but: str = "") -> None:
    """Verify the files of a published run by its checksums, except the file ``but``.

    Raises:
        UserError: If the checksums or a file are missing or damaged; the message names the file.
    """
    advice = "restore it from the repository or publish the run again"
    try:
        lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{folder / CHECKSUMS} can't be read, so the model can't be trusted; {advice}") from error
    expected = {name: digest for digest, separator, name in (line.partition("  ") for line in lines) if separator}
    if len(expected) != len(lines) or "model.weights.h5" not in expected:
        raise UserError(f"{folder / CHECKSUMS} is damaged; {advice}")
    for name, digest in expected.items():
        if name == but:
            continue
        try:
            sound = sha256(folder / name) == digest
        except OSError as error:
            raise UserError(f"{folder / name} is missing or can't be read; {advice}") from error
        if not sound:
            raise UserError(f"{folder / name} is damaged (its SHA-256 is not the published one); {advice}")


def renew_checksums(folder: Path, *changed: str) -> None:
    """Write the checksums of files of a published run that were changed or added into its list of them."""
    sums = folder / CHECKSUMS
    listed = [line.partition("  ") for line in sums.read_text(encoding="utf-8").splitlines()]
    digests = {name: digest for digest, _, name in listed} | {name: sha256(folder / name) for name in changed}
    write_text(sums, "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)))


def _copy(source: h5py.Group, target: h5py.Group) -> None:
    """Copy everything, converting the datasets."""
    for key, value in source.attrs.items():
        target.attrs[key] = value
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            _copy(item, target.create_group(name))
        else:
            target.create_dataset(name, data=_compact(item[()], item.name))


def _compact(values: np.ndarray, name: str) -> np.ndarray:
    """Return kernels of convolutions ``(kh, kw, in, out)`` in float16, everything else in float32."""
    with np.errstate(over="ignore"):
        compact = values.astype(np.float16 if values.ndim == 4 else np.float32)
    if not np.isfinite(compact).all():
        fault = f"infinite, not a number or too large for {compact.dtype}"
        raise ValueError(f"the weights {name} have values that are {fault}")
    return compact
