"""Reads the section ``model_info`` that OpenVINO's Model API, OTX and Ultralytics write into an IR.

Source: openvino-model-api 0.4.7, ``adapters/openvino_adapter.py`` and ``models/parameters.py``.
"""

import math

from configs.errors import UserError
from models.added.draft import Draft
from models.added.facts import Triple

_REASON = "model_info in the file says so"

_OTHER_TASKS = frozenset({
    "ssd", "yolox", "yolov5", "yolov8", "yolo11", "yolo-seg", "maskrcnn", "classification", "detection_model",
    "anomaly", "keypoint_detection", "rotated_detection", "instance_segmentation",
})  # fmt: skip
"""Model types that give no class to every pixel. Ultralytics writes "YOLO" for its semantic models as well."""

_RESIZE = {"standard": "stretch", "fit_to_window_letterbox": "letterbox", "fit_to_window": "letterbox"}


def read(info: dict[str, str], draft: Draft) -> None:
    """Take over a ``model_info`` section. Raises ``UserError`` if it is of a model for another task."""
    kind = info.get("model_type", "")
    if kind.lower() in _OTHER_TASKS:
        raise UserError(f"{draft.path.name} is a model of the type {kind}, which gives no class to every pixel")
    draft.task = draft.task or ("semantic" if kind.lower() == "segmentation" else None)
    if names := info.get("labels", "").split():
        # Names are joined by spaces, so exporters write "traffic_light".
        joined = any("_" in name for name in names)
        plain = tuple(name.replace("_", " ") for name in names)
        draft.hint("class_names", plain, _REASON, certain=not joined)
    if _is_yes(info.get("embedded_processing", "")):
        _read_embedded(info, draft)
    elif {"scale_values", "mean_values", "reverse_input_channels", "resize_type"} & info.keys():
        _read_normalisation(info, draft)
    _read_resize(info, draft)


def _is_yes(text: str) -> bool:
    return text.strip().upper() in {"YES", "TRUE", "1"}


def _read_embedded(info: dict[str, str], draft: Draft) -> None:
    """Take over that the graph itself normalises: mean and scale that are still listed must not be applied again."""
    reason = "model_info says that the network prepares raw pictures by itself"
    draft.hint("range", (0.0, 255.0), reason)
    draft.hint("mean", None, reason)
    draft.hint("std", None, reason)
    draft.hint("colour", "BGR", f"{reason}, and Model API reads them with OpenCV", certain=False)
    height, width = (_whole(info.get(key, "")) for key in ("orig_height", "orig_width"))
    if height and width:
        draft.hint("input_size", (height, width), "model_info names it as the network's own size")


def _read_normalisation(info: dict[str, str], draft: Draft) -> None:
    """Take over mean, scale and the order of colours; Model API applies them to 0..255."""
    mean, scale = (_triple(info.get(key, "")) for key in ("mean_values", "scale_values"))
    if _is_yes(info.get("reverse_input_channels", "")):
        draft.hint("colour", "RGB", "model_info says that the BGR of OpenCV is turned round")
    elif mean and mean[0] > mean[2]:
        draft.hint("colour", "RGB", "its mean values are those of red, green and blue, in this order", certain=False)
    else:
        draft.hint("colour", "BGR", "model_info does not say that the BGR of OpenCV is turned round", certain=False)
    if draft.hints["colour"].value == "BGR":
        mean, scale = mean and mean[::-1], scale and scale[::-1]
    if not mean and scale and len(set(scale)) == 1:
        draft.hint("range", (0.0, round(255 / scale[0], 6)), _REASON)
        mean = scale = None
    draft.hint("range", (0.0, 255.0), _REASON)
    draft.hint("mean", mean, _REASON)
    draft.hint("std", scale, _REASON)


def _read_resize(info: dict[str, str], draft: Draft) -> None:
    kind = info.get("resize_type", "")
    if kind in _RESIZE:
        draft.hint("resize", _RESIZE[kind], _REASON)
    if kind == "fit_to_window":
        draft.warnings.append("Model API pads its pictures at the right and the bottom, SegDeck on both sides.")
    if kind == "crop":
        draft.warnings.append("Model API cuts pictures to a square for this model; SegDeck shows it all of them.")
    if _RESIZE.get(kind) == "letterbox" and info.get("pad_value", "0") not in {"114", "114.0"}:
        draft.warnings.append(
            f"Model API pads pictures with the grey value {info.get('pad_value', '0')[:10]} for this model, SegDeck "
            "with 114."
        )


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and 0 < int(text) <= 8192 else None


def _triple(text: str) -> Triple | None:
    """Return one or three numbers as three; None if there are none."""
    try:
        values = [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        return None
    if len(values) not in {1, 3} or not all(map(math.isfinite, values)) or not any(values):
        return None
    return (values[0], values[0], values[0]) if len(values) == 1 else (values[0], values[1], values[2])
