"""Reads an OpenVINO IR, and converts SavedModel folders to one."""

from pathlib import Path
from typing import Any

from configs.errors import UserError
from models.added import graph, model_api, openvino_graphs
from models.added.draft import Draft


def read(path: Path) -> Draft:
    """Describe the IR whose graph is at ``path`` (.xml) and whose weights lie beside it (.bin).

    Raises ``UserError`` if the weights are missing or OpenVINO can't read it.
    """
    weights = path.with_suffix(".bin")
    if weights.is_symlink() or not weights.is_file():
        raise UserError(f"{path.name} keeps its weights in {weights.name}, which is missing; add both files together")
    model = graph.read(path)
    inputs, outputs = openvino_graphs.ports(model)
    draft = Draft(path, "openvino", (path.name, weights.name), inputs, outputs, producer=_producer(model))
    if model.has_rt_info(["model_info"]):
        model_api.read(texts(model.get_rt_info(["model_info"])), draft)
    return draft


def texts(info: Any) -> dict[str, str]:
    """Return the entries of a section of an ``openvino.Model``'s rt_info that are texts or numbers."""
    try:
        entries = {str(key): value.value for key, value in info.astype(dict).items()}
    except (RuntimeError, TypeError, AttributeError, UnicodeDecodeError):
        return {}
    return {key: str(value) for key, value in entries.items() if isinstance(value, str | int | float)}


def _producer(model: Any) -> str:
    if not model.has_rt_info(["conversion_parameters"]):
        return "OpenVINO"
    framework = texts(model.get_rt_info(["conversion_parameters"])).get("framework", "")
    return f"{framework} by way of OpenVINO"[:100] if framework else "OpenVINO"


def inspect_saved_model(folder: Path, convert_into: Path) -> Draft:
    """Convert a SavedModel folder to ``model.xml`` and ``model.bin`` in ``convert_into``, and describe them.

    Raises ``UserError`` if it is none or OpenVINO can't convert it.
    """
    import openvino

    if not (folder / "saved_model.pb").is_file():
        raise UserError(f"{folder} is no SavedModel: it has no saved_model.pb")
    if not (folder / "variables" / "variables.index").is_file():
        raise UserError(f"{folder} has no weights; add the whole SavedModel, with its folder variables")
    try:
        model = openvino.Core().read_model(folder)
        openvino.save_model(model, convert_into / "model.xml", compress_to_fp16=False)
    except (RuntimeError, TypeError, ValueError) as error:
        raise UserError(
            f"OpenVINO can't convert the SavedModel {folder.name}: {openvino_graphs.reason(error)}"
        ) from error
    draft = read(convert_into / "model.xml")
    draft.producer = "tf SavedModel"
    return draft
