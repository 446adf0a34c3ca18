"""What a model card says of failures, derived from the scores of a split, so that no figure in it is typed by hand."""

import statistics
from typing import Any

from data.label_space import BACKGROUND
from models.runs.run import Run

WEAKEST, CONFUSIONS, WORST = 3, 5, 5
"""How many classes, confusions and pictures are named."""
LEAST_SHARE = 0.05
"""A confusion is told if it takes this part of a class's pixels."""
FEW = 20
"""A class in fewer training pictures than this is called rare."""
COMMON = 1 / 5
"""A class is called common if it is in at least this part of the pictures that the most common one is in."""
HOPELESS = 0.05
"""A class with a lower IoU is as good as never found."""
TOLD = 2
"""How many classes are named of an unfamiliar picture, if each has at least ``LEAST_SHARE`` of its pixels."""


def section(
    run: Run, split: str, result: dict[str, Any], kept_epoch: int | None, unfamiliar: dict[str, dict[str, float]]
) -> str:
    """Return the section on known failures in Markdown.

    Args:
        run: The run; its previews on the split are shown.
        split: Name of the split.
        result: What ``evaluation.json`` holds for it.
        kept_epoch: The epoch whose weights the run has, if that is known.
        unfamiliar: What the run makes of pictures of other things, as ``unfamiliar.shares`` returns it.
    """
    trained = {entry["name"]: entry["pictures"] for entry in (result.get("training") or {}).get("classes", [])}
    sentences = [
        _weakest(split, result, trained),
        _hopeless(split, result),
        _confusions(result),
        _absent(split, result),
        _rare(trained),
        _unbalanced(run, result, trained),
        _worst(split, result),
        _unfamiliar(unfamiliar),
    ]
    lines = [f"- {sentence}" for sentence in sentences if sentence]
    shown = _shown(run, split, result, kept_epoch)
    if not lines and not shown:
        return ""
    return "\n\n".join(["## Known failures", *(["\n".join(lines)] if lines else []), *([shown] if shown else [])])


def confusions(result: dict[str, Any]) -> list[tuple[str, str, float]]:
    """Return which class is taken for which and for what part of its pixels, the largest part first."""
    names = [entry["name"] for entry in result["classes"]]
    found = [
        (names[truth], names[answer], pixels / sum(row))
        for truth, row in enumerate(result["confusion"])
        for answer, pixels in enumerate(row)
        if truth != answer and pixels
    ]
    return sorted(found, key=lambda entry: -entry[2])


def _weakest(split: str, result: dict[str, Any], trained: dict[str, int]) -> str:
    present = sorted((entry for entry in result["classes"] if entry["iou"] is not None), key=lambda entry: entry["iou"])
    if len(present) < 2:
        return ""
    named = []
    for entry in present[: min(WEAKEST, len(present) - 1)]:
        seen = f", in {_pictures(trained[entry['name']])}" if entry["name"] in trained else ""
        named.append(f"{entry['name']} (IoU {entry['iou']:.3f}{seen})")
    return f"Weakest on `{split}`: {', '.join(named)}."


def _pictures(count: int) -> str:
    return f"{count:,} training picture{'' if count == 1 else 's'}"


def _hopeless(split: str, result: dict[str, Any]) -> str:
    names = [entry["name"] for entry in result["classes"] if entry["iou"] is not None and entry["iou"] < HOPELESS]
    if not names:
        return ""
    return f"As good as never found on `{split}` (IoU below {HOPELESS:g}): {', '.join(names)}."


def _confusions(result: dict[str, Any]) -> str:
    told = [entry for entry in confusions(result) if entry[2] >= LEAST_SHARE][:CONFUSIONS]
    if not told:
        return ""
    parts = [f"{share:.0%} of the pixels of {truth} are taken for {answer}" for truth, answer, share in told]
    return f"Most confused: {'; '.join(parts)}.".replace("%", " %")


def _absent(split: str, result: dict[str, Any]) -> str:
    names = [entry["name"] for entry in result["classes"] if entry["iou"] is None]
    if not names:
        return ""
    return f"Not in `{split}`, so nobody knows how well it finds them: {', '.join(names)}."


def _rare(trained: dict[str, int]) -> str:
    rare = [f"{name} ({pictures})" for name, pictures in trained.items() if pictures < FEW]
    return f"In fewer than {FEW} training pictures: {', '.join(rare)}." if rare else ""


def _unbalanced(run: Run, result: dict[str, Any], trained: dict[str, int]) -> str:
    """Say so if only a handful of the objects were common in the training files."""
    space = run.label_space
    things = {space.names[ident] for ident in space.things}
    objects = {name: pictures for name, pictures in trained.items() if name in things}
    if len(objects) < 3:
        return ""
    most = max(objects.values())
    if statistics.median(objects.values()) >= COMMON * most:
        return ""
    common = sorted((name for name in objects if objects[name] >= COMMON * most), key=lambda name: -objects[name])
    pictures = result["training"]["pictures"]
    named = ", ".join(f"{name} ({objects[name]:,})" for name in common)
    rest = max(pictures for name, pictures in objects.items() if name not in common)
    were = "was" if len(common) == 1 else "were"
    return (
        f"**Only {len(common)} of the {len(objects)} objects {were} common in the {pictures:,} training pictures**: "
        f"{named}. Each of the other {len(objects) - len(common)} is in {rest:,} of them at most, so expect little of "
        f"it. The same command trains on all of {run.dataset.title} where its files are in the data folder."
    )


def _worst(split: str, result: dict[str, Any]) -> str:
    scored = [image for image in result.get("per_image", []) if image["miou"] is not None]
    worst = sorted(scored, key=lambda image: image["miou"])[:WORST]
    if not worst:
        return ""
    named = ", ".join(f"`{image['id']}` ({image['miou']:.3f})" for image in worst)
    return f"Worst pictures of `{split}`, by mIoU: {named}."


def _unfamiliar(pictures: dict[str, dict[str, float]]) -> str:
    """Say what the model finds where nothing is to be found."""
    parts = []
    for title, shares in pictures.items():
        ranked = sorted(((share, name) for name, share in shares.items() if name != BACKGROUND), reverse=True)
        told = [f"{name} {share:.0%}" for share, name in ranked[:TOLD] if share >= LEAST_SHARE]
        parts.append(f"{title}: {', '.join(told) or 'nothing'}")
    if not parts:
        return ""
    return (
        "In photographs of other things, which scikit-image and scikit-learn ship, it finds by share of the pixels: "
        f"{'; '.join(parts)}."
    ).replace("%", " %")


def _shown(run: Run, split: str, result: dict[str, Any], kept_epoch: int | None) -> str:
    """Show the worst of the label maps that are in the run; they are the model's own, so they may be passed on."""
    mious = {image["id"]: image["miou"] for image in result.get("per_image", []) if image["miou"] is not None}
    there = [
        (mious[ident], ident)
        for ident in mious
        if kept_epoch is not None and (run.previews / f"{split}_{ident}" / f"{kept_epoch:04d}.png").is_file()
    ]
    if not there:
        return ""
    miou, ident = min(there)
    return (
        f"The worst of its label maps that are kept here, of `{ident}` (mIoU {miou:.3f}), as it was in epoch "
        f"{kept_epoch}:\n\n![Label map of {ident}](previews/{split}_{ident}/{kept_epoch:04d}.png)"
    )
