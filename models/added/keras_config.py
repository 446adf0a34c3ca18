"""Checks a Keras file before Keras opens it: it must hold nothing that is code, and nothing that lies elsewhere."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from configs.errors import UserError
from models.added.refusals import LIMIT

CONFIG_LIMIT = 64 * 2**20
"""Bytes of the description of the layers."""

INSTEAD = "export it to ONNX or as a SavedModel where it was trained"

_CODE = frozenset({"Lambda", "TFSMLayer", "TorchModuleWrapper", "FlaxLayer", "JaxLayer"})
"""Layers that hold code, or load it from another file."""

_OPERATORS = frozenset({"TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty"})
"""How Keras 2 stores calls such as ``x + 1`` and ``tf.image.resize``; Keras 3 has nothing like them."""


def check(path: Path) -> dict[str, Any]:
    """Return the layers' description in a ``.keras`` or ``.h5`` file.

    Raises:
        UserError: If there is none, it holds code or classes that are not Keras' own, or its weights lie elsewhere.
    """
    config = _zip_config(path) if zipfile.is_zipfile(path) else _hdf5_config(path)
    entries = list(_objects(config))
    names = {str(entry.get("class_name")) for entry in entries}
    if code := names & _CODE:
        raise UserError(f"{path.name} has a layer of the kind {min(code)}, which runs code from the file; {INSTEAD}")
    if operators := names & _OPERATORS:
        raise UserError(f"{path.name} was saved by Keras 2 with {min(operators)}, which Keras 3 can't read; {INSTEAD}")
    for entry in entries:
        module = entry.get("module")
        if isinstance(module, str) and module != "builtins" and module.partition(".")[0] != "keras":
            raise UserError(
                f"{path.name} needs the class {entry.get('class_name')}, which is not Keras' own; {INSTEAD}"
            )
    return config


def _zip_config(path: Path) -> dict[str, Any]:
    """Return ``config.json`` of a ``.keras`` file; its weights are checked as well."""
    try:
        with zipfile.ZipFile(path) as archive:
            if (size := sum(member.file_size for member in archive.infolist())) > LIMIT:
                raise UserError(f"{path.name} holds {size / 2**30:.1f} GiB; a model may have {LIMIT / 2**30:.0f} GiB")
            entry = archive.getinfo("config.json")
            if entry.file_size > CONFIG_LIMIT:
                raise UserError(f"{path.name} describes its layers in {entry.file_size} bytes, which can't be right")
            config = json.loads(archive.read(entry))
            for member in archive.namelist():
                if member.endswith(".h5"):
                    with archive.open(member) as file, h5py.File(file, "r") as weights:
                        _refuse_links(weights, path.name)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise UserError(f"{path.name} is no Keras file, or it is damaged") from error
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise UserError(f"{path.name} is no Keras file, or it is damaged")
    if config.get("class_name") == "Functional" and "registered_name" in config and not _is_keras_3(path, config):
        raise UserError(f"{path.name} was saved by Keras 2 as .keras, which Keras 3 can't read; {INSTEAD}")
    return {key: value for key, value in config.items() if key != "compile_config"}  # it isn't compiled


def _is_keras_3(path: Path, config: dict[str, Any]) -> bool:
    """Return whether a ``.keras`` file is Keras 3's own; Keras 2 writes the same name."""
    with zipfile.ZipFile(path) as archive:
        try:
            version = str(json.loads(archive.read("metadata.json")).get("keras_version", ""))
        except (KeyError, ValueError, AttributeError):
            version = ""
    return not version.startswith("2.") and not str(config.get("module")).startswith("keras.src.engine")


def _hdf5_config(path: Path) -> dict[str, Any]:
    """Return the attribute ``model_config`` of an ``.h5`` file."""
    try:
        with h5py.File(path, "r") as file:
            _refuse_links(file, path.name)
            text = file.attrs.get("model_config")
    except OSError as error:
        raise UserError(f"{path.name} is no Keras file, or it is damaged") from error
    if text is None:
        raise UserError(f"{path.name} holds only weights; save the whole model, by model.save")
    try:
        config = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise UserError(f"{path.name} is damaged: its description of the layers is not valid JSON") from error
    if not isinstance(config, dict):
        raise UserError(f"{path.name} is damaged: its description of the layers is none")
    return config


def _refuse_links(file: h5py.File, name: str) -> None:
    """Raise ``UserError`` if a part of an HDF5 file lies in another file."""

    def check_group(group: h5py.Group, depth: int) -> None:
        for key in group:
            link = group.get(key, getlink=True)
            if isinstance(link, h5py.ExternalLink | h5py.SoftLink) or depth > 50:
                raise UserError(f"{name} refers to weights in another place; save the model again, by model.save")
            item = group[key]
            if isinstance(item, h5py.Group):
                check_group(item, depth + 1)
            elif isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
                raise UserError(f"{name} refers to weights in another file; save the model again, by model.save")

    check_group(file, 0)


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every part of a description that names a class or function."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "class_name" in part:
                yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
