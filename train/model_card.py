"""Writes a model card from what a run's files say, so that no figure in it is typed by hand."""

from typing import Any

from models.runs import Run

MARK = "<!-- Written by train.publish, which replaces it. Remove this line to keep your own words. -->\n"
"""First line of every card that is made here."""


def write(run: Run, name: str) -> str:
    """Return the model card in Markdown.

    Args:
        run: A finished run with weights, history and evaluation.
        name: The name it is published under.
    """
    parts = [_head(run, name), _data(run), _recipe(run), _figures(run), _limits(), _use(name)]
    return MARK + "\n\n".join(parts) + "\n"


def _head(run: Run, name: str) -> str:
    experiment, space = run.experiment, run.label_space
    height, width = experiment.data.image_size
    classes = ", ".join(space.names[index] for index in space.scored)
    return (
        f"# {name}\n\n"
        f"A `{experiment.model.architecture}` network of {run.parameters() or 0:,} parameters that gives every pixel "
        f"of a picture one of {len(space.scored)} classes: {classes}. It sees the picture at {width}x{height} pixels "
        f"({experiment.data.resize}), and its answer is scaled to the picture's own size. `config.yaml` beside this "
        "card is the whole experiment."
    )


def _data(run: Run) -> str:
    images = len((run.path / "train_images.txt").read_text(encoding="utf-8").split())
    dataset = run.dataset
    return (
        "## Data\n\n"
        f"Trained on {images} pictures of [{dataset.title}]({dataset.homepage}), listed by the hashes of their "
        f"contents in `train_images.txt`. Licence of the data: {dataset.licence}. Neither the pictures nor their "
        "masks are part of this repository; the label maps in `previews/` are the model's own."
    )


def _recipe(run: Run) -> str:
    train, history = run.experiment.train, run.history()
    losses = {"cross-entropy": train.loss.cross_entropy, "Dice": train.loss.dice, "Lovasz": train.loss.lovasz}
    loss = ", ".join(f"{weight:g} x {name}" for name, weight in losses.items() if weight)
    augment = run.experiment.data.augment
    varied = ", ".join(f"{key} {_plain(value)}" for key, value in augment.model_dump().items())
    rows = [
        ("epochs", f"{len(history)}{_small_start(run)}"),
        ("kept", f"epoch {_best(run)}, the best by mIoU on {run.experiment.evaluate.split}"),
        ("time", f"{history['seconds'].sum() / 3600:.1f} h"),
        ("batch", f"{train.batch_size} pictures"),
        ("optimizer", f"AdamW, learning rate {train.learning_rate:g}, weight decay {train.weight_decay:g}"),
        ("schedule", f"{train.schedule.kind}, {train.schedule.warmup_epochs:g} epochs of warm-up"),
        ("loss", loss),
        ("weight average", f"{train.weight_average:g}" if train.weight_average else "none"),
        ("precision", train.precision),
        ("seed", str(train.seed)),
        ("augmentation", varied),
    ]
    return "## Recipe\n\n| | |\n|---|---|\n" + "\n".join(f"| {key} | {value} |" for key, value in rows)


def _figures(run: Run) -> str:
    evaluation = run.evaluation() or {}
    splits = {name: result for name, result in evaluation.items() if isinstance(result, dict)}
    return "## Figures\n\n" + "\n\n".join(_split(name, result) for name, result in splits.items())


def _split(name: str, result: dict[str, Any]) -> str:
    means = {
        "**mIoU**": result["miou"],
        **{f"mIoU over {subset}": value for subset, value in result["subsets"].items()},
        "pixel accuracy": result["pixel_accuracy"],
        "boundary IoU": result["boundary_iou"],
        "calibration error": result["calibration_error"],
    }
    classes = {f"IoU {entry['name']}": entry["iou"] for entry in result["classes"]}
    lines = [f"| {label} | {_figure(value)} |" for label, value in (means | classes).items()]
    return (
        f"Split `{name}`: {result['images']['count']} pictures, none of them trained on, scored at the masks' own size "
        f"with {result['engine']}. `evaluation.json` has all of it.\n\n| | |\n|---|---|\n" + "\n".join(lines)
    )


def _limits() -> str:
    return (
        "## Limits\n\n"
        "It knows nothing but its classes and gives each pixel one of them, whatever the picture shows. On pictures "
        "unlike those it was trained on it fails without saying so, and a high confidence is no proof. Figures are of "
        "one split of one dataset. It must not be used where a wrong mask can harm someone (vehicles, medicine, "
        "safety), to watch or judge people, or as ground truth for anything."
    )


def _use(name: str) -> str:
    return (
        "## Use\n\n"
        f"```\npython -m models.predict --model {name} --input PICTURES --output MASKS\n```\n\n"
        "`sha256sum --check SHA256SUMS` in this folder checks the files."
    )


def _small_start(run: Run) -> str:
    train = run.experiment.train
    if train.small_start is None:
        return ""
    height, width = train.small_start.image_size
    return f", the first {train.small_epochs} at {width}x{height} pixels"


def _best(run: Run) -> str:
    """Return the epoch whose weights were kept; those at a smaller size are measured in another way and don't count."""
    small = run.experiment.train.small_epochs
    history = run.history().iloc[small:]
    return str(int(history.loc[history["val_miou"].idxmax(), "epoch"])) if history["val_miou"].notna().any() else "?"


def _plain(value: Any) -> str:
    return " to ".join(f"{part:g}" for part in value) if isinstance(value, list | tuple) else f"{value:g}"


def _figure(value: float | None) -> str:
    return "not in this split" if value is None else f"{value:.4f}"
