"""Recognises the files that are not read, and says how to export a model that is."""

import zipfile
from pathlib import Path

from configs.errors import UserError

LIMIT = 2 * 2**30
"""The largest model that is read, all its files together, in bytes."""

READ = ".onnx, .xml (with its .bin), .tflite, .keras, .h5, or a SavedModel folder"

_FROM_TORCH = (
    'export it where it was trained: torch.onnx.export(model.eval(), (torch.zeros(1, 3, 512, 512),), "model.onnx", '
    "external_data=False)"
)
_WAYS_OUT = {
    **dict.fromkeys(
        (".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".bin", ".safetensors", ".pt2", ".torchscript"), _FROM_TORCH
    ),
    ".pb": "a frozen graph is converted by: python -m tf2onnx.convert --graphdef model.pb --inputs INPUT:0 --outputs "
    "OUTPUT:0 --output model.onnx; of a SavedModel, add the whole folder or a zip of it",
    ".mlmodel": f"Core ML runs on Apple's systems only; {_FROM_TORCH}",
    ".mlpackage": f"Core ML runs on Apple's systems only; {_FROM_TORCH}",
    ".engine": "TensorRT's plans run on one kind of GPU only; add the ONNX file that it was built from",
    ".trt": "TensorRT's plans run on one kind of GPU only; add the ONNX file that it was built from",
    ".param": f"ncnn's files are not read; {_FROM_TORCH}",
    ".pdmodel": "Paddle's files are converted by: paddle2onnx --model_dir . --model_filename model.pdmodel "
    "--params_filename model.pdiparams --save_file model.onnx",
}
"""For each ending that is not read, the line that makes a file which is."""


def refuse(path: Path) -> None:
    """Raise ``UserError`` for a file that is missing, too large, or of a kind that is never read, whatever its name."""
    if not path.exists():
        raise UserError(f"there is no file {path}")
    if path.is_dir():
        return
    size = path.stat().st_size
    if not size:
        raise UserError(f"{path.name} is empty")
    if size > LIMIT:
        raise UserError(f"{path.name} has {size / 2**30:.1f} GiB; a model may have {LIMIT / 2**30:.0f} GiB")
    if is_pickle(path):
        raise UserError(f"{path.name} is a pickle, which could run any code when it is opened; {_FROM_TORCH}")
    suffix = path.suffix.lower()
    if suffix in _WAYS_OUT:
        raise UserError(f"{path.name} is not read; {_WAYS_OUT[suffix]}")
    if suffix not in {".onnx", ".xml", ".tflite", ".lite", ".keras", ".h5", ".hdf5"}:
        raise UserError(f"{path.name} is no model file that is read; give {READ}")


def refuse_large(folder: Path, files: tuple[str, ...]) -> None:
    """Raise ``UserError`` if the files of a model are larger than ``LIMIT`` together."""
    size = sum((folder / name).stat().st_size for name in files)
    if size > LIMIT:
        raise UserError(f"{' and '.join(files)} have {size / 2**30:.1f} GiB; a model may have {LIMIT / 2**30:.0f} GiB")


def is_pickle(path: Path) -> bool:
    """Return whether a file is a pickle or, as PyTorch writes them, a zip with one in it."""
    with path.open("rb") as file:
        start = file.read(4)
    if start[:1] == b"\x80" and start[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        return True
    if start != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".pkl") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        return False
