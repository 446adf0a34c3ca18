"""Reads the small files that lie beside a model: Hugging Face's two configs and Ultralytics' ``metadata.yaml``."""

import json
from pathlib import Path
from typing import Any

from configs.errors import UserError
from configs.yaml_loader import load_yaml
from models.added import ultralytics_metadata
from models.added.draft import Draft
from models.added.facts import Triple

LIMIT = 4 * 2**20
"""Bytes of such a file."""
_LARGEST = 1e9
"""The largest number by which a preparation may scale or shift."""

NAMES = ("config.json", "preprocessor_config.json", "metadata.yaml")


def read(folder: Path, draft: Draft) -> None:
    """Add to ``draft`` what the files in ``folder`` say.

    Raises ``UserError`` if one of them is damaged, or says that the model does another task.
    """
    config = _json(folder / "config.json")
    if isinstance(config, dict) and {"architectures", "id2label"} & config.keys():
        _read_config(config, draft)
    preparation = _json(folder / "preprocessor_config.json")
    if isinstance(preparation, dict):
        _read_preparation(preparation, draft)
    if draft.format == "openvino" and (folder / "metadata.yaml").is_file():
        metadata = load_yaml(_text(folder / "metadata.yaml"), "metadata.yaml")
        ultralytics_metadata.read(metadata if isinstance(metadata, dict) else {}, draft)


def _text(path: Path) -> str:
    if path.stat().st_size > LIMIT:
        raise UserError(f"{path.name} beside the model has more than {LIMIT} bytes; take it away")
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path.name} beside the model can't be read as text; take it away or replace it") from error


def _json(path: Path) -> Any:
    if not path.is_file():
        return None
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path.name} beside the model is not valid JSON; take it away or replace it") from error


def _read_config(config: dict[str, Any], draft: Draft) -> None:
    """Take over the class names and the void id of Hugging Face's ``config.json``."""
    listed = config.get("architectures")
    architectures = [str(name) for name in listed] if isinstance(listed, list) else []
    other = [name for name in architectures if "For" in name and "SemanticSegmentation" not in name]
    if other and not any("SemanticSegmentation" in name for name in architectures):
        kind = "a mask-query model" if "Mask" in other[0] or "OneFormer" in other[0] else "of another kind"
        raise UserError(
            f"config.json says that {draft.path.name} is {other[0]}, {kind}, and gives no class to every pixel; take a "
            "...ForSemanticSegmentation model"
        )
    draft.task = draft.task or ("semantic" if architectures else None)
    names = ultralytics_metadata.class_names(_whole_keys(config.get("id2label")))
    if names and not all(name == f"LABEL_{index}" for index, name in enumerate(names)):
        draft.hint("class_names", names, "config.json names them")
    ignored = config.get("semantic_loss_ignore_index")
    if isinstance(ignored, int) and names and 0 <= ignored < len(names):
        draft.hint("void", ignored, "config.json says that it was left out of the training")


def _whole_keys(mapping: Any) -> Any:
    if isinstance(mapping, dict) and all(str(key).isdecimal() for key in mapping):
        return {int(key): name for key, name in mapping.items()}
    return None


def _read_preparation(preparation: dict[str, Any], draft: Draft) -> None:
    """Take over how Hugging Face's ``preprocessor_config.json`` brings a picture to the network."""
    reason = "preprocessor_config.json says so"
    if (size := _size(preparation.get("size"))) and preparation.get("do_resize", True):
        draft.hint("input_size", size, reason)
        draft.hint("resize", "stretch", reason)
    _warn_of_other_sizes(preparation, draft)
    factor = preparation.get("rescale_factor", 1 / 255) if preparation.get("do_rescale", True) else 1.0
    if _is_number(factor) and factor > 0:
        draft.hint("range", (0.0, round(255 * factor, 6)), reason)
        # MobileViT's has mean and std as well, but does not use them: what is not done is not mentioned since 2022.
        normalised = preparation.get("do_normalize", "do_rescale" not in preparation)
        mean, std = (_triple(preparation.get(key)) if normalised else None for key in ("image_mean", "image_std"))
        draft.hint("mean", mean, reason)
        draft.hint("std", std, reason)
    draft.hint("colour", "BGR" if preparation.get("do_flip_channel_order") else "RGB", "Hugging Face's pictures are")
    reduced = preparation.get("do_reduce_labels", preparation.get("reduce_labels", False))
    if reduced is True:
        draft.hint("first_id", 1, "preprocessor_config.json says do_reduce_labels: masks keep 0 for void")
    elif reduced is False:
        draft.hint("first_id", 0, "preprocessor_config.json does not say do_reduce_labels", certain=False)


def _warn_of_other_sizes(preparation: dict[str, Any], draft: Draft) -> None:
    """Say where Hugging Face keeps the shape of pictures, or cuts them: SegDeck stretches them or pads them."""
    size, done = preparation.get("size"), []
    edge = size.get("shortest_edge") if isinstance(size, dict) else None
    if isinstance(edge, int) and preparation.get("do_resize", True):
        done.append(f"scales pictures until their shorter side has {edge} pixels")
    if preparation.get("do_center_crop"):
        done.append("cuts out their middle")
    if done:
        draft.warnings.append(
            f"preprocessor_config.json {' and '.join(done)}, which SegDeck does not: choose --input-size and --resize."
        )


def _size(value: Any) -> tuple[int, int] | None:
    """Return height and width; None where pictures keep their shape (``shortest_edge``)."""
    sides = (value.get("height"), value.get("width")) if isinstance(value, dict) else (value, value)
    whole = [side for side in sides if isinstance(side, int) and not isinstance(side, bool) and 0 < side <= 8192]
    return (whole[0], whole[1]) if len(whole) == 2 else None


def _triple(value: Any) -> Triple | None:
    values = value if isinstance(value, list) else [value] * 3
    if len(values) != 3 or not all(map(_is_number, values)):
        return None
    return (float(values[0]), float(values[1]), float(values[2]))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) <= _LARGEST  # not of a NaN
