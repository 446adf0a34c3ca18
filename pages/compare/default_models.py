"""The models that a picture is first compared on."""

import streamlit as st

from models.runs.run import Run
from pages.shared.content.images import Picture


def default_models(models: dict[str, Run], picture: Picture, most: int = 4) -> list[str]:
    """Choose the models to begin with: those trained on the picture's kind, else any; published ones if there are any.

    The best model of each dataset, by mIoU on val, comes before the second best of any.

    Args:
        models: Name to run.
        picture: The picture to be shown; the kind of an upload is unknown.
        most: How many to choose at most.

    Returns:
        Names, in the order of ``models``.
    """
    suited = [name for name, run in models.items() if run.dataset.kind in picture.kinds] or list(models)
    suited = [name for name in suited if models[name].published] or suited
    ranked: dict[str, list[str]] = {}
    for name in sorted(suited, key=lambda name: -_miou(models[name])):
        ranked.setdefault(models[name].dataset.name, []).append(name)
    rank = {name: index for names in ranked.values() for index, name in enumerate(names)}
    return sorted(sorted(suited, key=lambda name: rank[name])[:most], key=list(models).index)


def _miou(run: Run) -> float:
    """Return a run's mIoU on val, or 0 if it is unknown."""
    file = run.path / "evaluation.json"
    return _read_miou(str(file), file.stat().st_mtime_ns, run) if file.is_file() else 0.0


@st.cache_data(max_entries=256, show_spinner=False)
def _read_miou(path: str, changed: int, _run: Run) -> float:
    scores = (_run.evaluation() or {}).get("val")
    value = scores.get("miou") if isinstance(scores, dict) else None
    return float(value) if isinstance(value, (int, float)) else 0.0
