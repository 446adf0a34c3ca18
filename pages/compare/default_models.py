"""The models that a picture is first compared on."""

from collections.abc import Mapping

from models.runs.model import Model
from pages.shared.content.default_precision import in_default_precision
from pages.shared.content.images import Picture


def default_models(models: Mapping[str, Model], picture: Picture, most: int = 4) -> list[str]:
    """Choose the models to begin with: those trained on the picture's kind, else any; published ones if there are any.

    The best model of each dataset, by mIoU on val, comes before the second best of any. None is chosen in two
    precisions, which would look the same. Returns at most ``most`` names, in the order of ``models``.
    """
    usual = [name for name, run in models.items() if run.precision is None]
    suited = [name for name in usual if models[name].dataset.kind in picture.kinds] or usual
    suited = [name for name in suited if models[name].published] or suited
    ranked: dict[str, list[str]] = {}
    for name in sorted(suited, key=lambda name: -_miou(models[name])):
        ranked.setdefault(models[name].dataset.name, []).append(name)
    rank = {name: index for names in ranked.values() for index, name in enumerate(names)}
    first = in_default_precision(models, sorted(suited, key=lambda name: rank[name])[:most])
    return sorted(first, key=list(models).index)


def _miou(run: Model) -> float:
    """Return a run's mIoU on val, or 0 if it is unknown."""
    scores = run.scores("val")
    return (scores.miou if scores else None) or 0.0
