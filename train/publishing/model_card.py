"""Writes model cards from what runs' files say, so that no figure in them is typed by hand.

What people have to say beyond the files stands in a card between two marks of its own and is kept.
"""

import dataclasses
from typing import Any

from configs import paths
from configs.errors import UserError
from configs.files import sha256, write_text
from configs.schema import Cosine, CosineRestarts, Plateau
from models.inference import benchmarks
from models.inference.graph_summary import gmacs
from models.runs import weights
from models.runs.run import Run
from train.publishing import failures, out_of_distribution

CARD = "card.md"
MARK = (
    "<!-- Written by train.model_card, which replaces all but the remarks between their marks. Remove this line to "
    "keep a card of your own. -->\n"
)
"""First line of every card that is made here."""
ENCODER = "The encoder was trained on ImageNet by others; ImageNet's terms are non-commercial research and education."
REMARKS, END_OF_REMARKS = "<!-- remarks: written by people, kept word for word -->\n", "<!-- end of remarks -->\n"


def write(run: Run, name: str, remarks: str = "") -> str:
    """Return the model card in Markdown.

    Args:
        run: A finished run with weights, history and evaluation.
        name: The name it is published under.
        remarks: What people have to say beyond the files, in Markdown: empty, or whole lines.
    """
    remarked = f"{REMARKS}{remarks}{END_OF_REMARKS}".removesuffix("\n")
    parts = [_head(run, name), _data(run), _recipe(run), _figures(run), _failures(run), _cost(run, name), remarked]
    return MARK + "\n\n".join(part for part in [*parts, _limits(run), _use(name)] if part) + "\n"


def renewed(run: Run, name: str, *cards: str | None) -> str:
    """Return the card of a run as its files have it today, with what people wrote into the cards it had.

    Args:
        run: As for ``write``.
        name: As for ``write``.
        cards: The cards it had, the one that counts most first. The first that a person wrote is returned as it is, or
            its remarks are kept if the rest of it was made here.

    Raises:
        UserError: If the marks of the remarks are damaged, so that nobody knows what people wrote.
    """
    for card in cards:
        if card and not card.startswith(MARK):
            return card
        if card and (kept := remarks_of(card, name)):
            return write(run, name, kept)
    return write(run, name)


def remarks_of(card: str, name: str) -> str:
    """Return the lines between the marks of the remarks in a card; ``name`` is whose card it is, for the error.

    Raises:
        UserError: If the marks are not there once each and in this order.
    """
    remarks, end, _ = card.partition(REMARKS)[2].partition(END_OF_REMARKS)
    if not end or card.count(REMARKS) > 1 or card.count(END_OF_REMARKS) > 1:
        raise UserError(
            f"{name}: {CARD} must have the lines {REMARKS.strip()!r} and {END_OF_REMARKS.strip()!r} once each, in this "
            "order; what stands between them is kept"
        )
    return remarks


def renew(run: Run) -> bool:
    """Write the card of a published run anew, and its checksum, and return whether it was another one.

    Raises:
        UserError: If another file of the run is damaged, or the card's remarks are.
    """
    weights.verify(run.path, but=CARD)  # or the checksums would call the damage sound
    before = run.card
    # As a local run: after people have written remarks, the checksums tell of another card.
    text = renewed(dataclasses.replace(run, published=False), run.name, before)
    write_text(run.path / CARD, text)
    sums = run.path / weights.CHECKSUMS
    listed = [line.partition("  ") for line in sums.read_text(encoding="utf-8").splitlines()]
    digests = {name: digest for digest, _, name in listed}
    digests[CARD] = sha256(run.path / CARD)
    write_text(sums, "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)))
    return text != before


def _head(run: Run, name: str) -> str:
    experiment, space = run.experiment, run.label_space
    height, width = experiment.data.image_size
    classes = ", ".join(space.names[index] for index in space.scored)
    return (
        f"# {name}\n\n"
        f"A `{experiment.model.architecture}` network of {run.parameters() or 0:,} parameters that gives every pixel "
        f"of a picture one of {len(space.scored)} classes: {classes}. It sees the picture at {width}x{height} pixels "
        f"({experiment.data.resize}), and its answer is scaled to the picture's own size. `config.yaml` beside this "
        f"card is the whole experiment.{_objects(run)}"
    )


def _objects(run: Run) -> str:
    """Return what the head says about objects, if they were scored."""
    split = run.experiment.evaluate.split
    found = ((run.evaluation() or {}).get(split) or {}).get("detection")
    if not found:
        return ""
    figures = ", ".join(f"{name} {value}" for name, value in _detection(found).items())
    return (
        f" Its connected regions, from {100 * found['smallest_object']:g} % of the picture on, are objects: on "
        f"`{split}` their boxes reach, at an IoU of {found['iou']:g}, {figures}. Things of one class that touch are "
        "one region."
    )


def _data(run: Run) -> str:
    images = len((run.path / "train_images.txt").read_text(encoding="utf-8").split())
    dataset = run.dataset
    encoder = "" if run.experiment.train.encoder is None else f" {ENCODER}"
    return (
        "## Data\n\n"
        f"Trained on {images} pictures of [{dataset.title}]({dataset.homepage}), listed by the hashes of their "
        f"contents in `train_images.txt`. Licence of the data: {dataset.licence}. The weights inherit its terms."
        f"{encoder} Neither the pictures nor their masks are part of this repository; the label maps in `previews/` "
        "are the model's own."
    )


def _recipe(run: Run) -> str:
    train, history = run.experiment.train, run.history()
    losses = {"cross-entropy": train.loss.cross_entropy, "Dice": train.loss.dice, "Lovasz": train.loss.lovasz}
    loss = ", ".join(f"{weight:g} x {name}" for name, weight in losses.items() if weight)
    if power := train.loss.class_weight_power:
        loss += f"; in the cross-entropy a class weighs its frequency to the power of {-power:g}"
    augment = run.experiment.data.augment
    varied = ", ".join(f"{key} {_plain(value)}" for key, value in augment.model_dump().items())
    rows = [
        ("start", _start(run)),
        ("epochs", f"{len(history)}{_small_start(run)}"),
        ("kept", f"epoch {_best(run)}, the best by mIoU on {run.experiment.evaluate.split}"),
        ("time", f"{history['seconds'].sum() / 3600:.1f} h"),
        ("batch", _many(train.batch_size, "picture")),
        ("optimizer", f"AdamW, learning rate {train.learning_rate:g}, weight decay {train.weight_decay:g}"),
        ("schedule", _schedule(train.schedule)),
        ("loss", loss),
        ("weight average", f"{train.weight_average:g}" if train.weight_average else "none"),
        ("precision", train.precision),
        ("seed", str(train.seed)),
        ("augmentation", varied),
    ]
    return "## Recipe\n\n| | |\n|---|---|\n" + "\n".join(f"| {key} | {value} |" for key, value in rows)


def _schedule(schedule: Cosine | CosineRestarts | Plateau) -> str:
    text = f"{schedule.kind}, {_many(schedule.warmup_epochs, 'epoch')} of warm-up"
    if isinstance(schedule, CosineRestarts):
        text += f"; back at the highest learning rate after epoch {', '.join(map(str, schedule.restarts))}"
    return text


def _many(number: float, noun: str) -> str:
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


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
    found = _detection(result["detection"]) if result.get("detection") else {}
    figures = {
        **{label: _figure(value) for label, value in means.items()},
        **{f"{label} of objects": value for label, value in found.items()},
    }
    lines = [f"| {label} | {value} |" for label, value in figures.items()]
    return (
        f"Split `{name}`: {result['images']['count']} pictures, none of them trained on, scored at the masks' own size "
        f"with {result['engine']}. `evaluation.json` has all of it.\n\n| | |\n|---|---|\n" + "\n".join(lines)
    ) + f"\n\n{_classes(result)}"


def _classes(result: dict[str, Any]) -> str:
    """Return the table of the scored classes: how well each is found, and in how many training pictures it was seen."""
    columns = {"IoU": {entry["name"]: _figure(entry["iou"]) for entry in result["classes"]}}
    if result.get("detection"):
        columns["AP50 of objects"] = {entry["name"]: _figure(entry["ap50"]) for entry in result["detection"]["classes"]}
    if result.get("training"):
        columns["training pictures"] = {
            entry["name"]: f"{entry['pictures']:,}" for entry in result["training"]["classes"]
        }
    lines = [f"| class | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for entry in result["classes"]:
        cells = [column.get(entry["name"], "") for column in columns.values()]
        lines.append(f"| {entry['name']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _detection(found: dict[str, Any]) -> dict[str, str]:
    """Return how well objects are found."""
    return {
        "mAP50": _figure(found["map50"]),
        "precision": _figure(found["precision"], "(nothing predicted)"),
        "recall": _figure(found["recall"]),
    }


def _limits(run: Run) -> str:
    split = run.experiment.evaluate.split
    return (
        "## Limits\n\n"
        "It knows nothing but its classes and gives each pixel one of them, whatever the picture shows. On pictures "
        "unlike those it was trained on it fails without saying so, and a high confidence is no proof. Figures are of "
        f"one dataset; its split `{split}` also chose the recipe's settings and the epoch that was kept, so its "
        "figures flatter a little. It must not be used where a wrong mask can harm someone (vehicles, medicine, "
        "safety), to watch or judge people, or as ground truth for anything."
    )


def _use(name: str) -> str:
    return (
        "## Use\n\n"
        f"```\npython -m models.predict --model {name} --input PICTURES --output MASKS\n```\n\n"
        "`sha256sum --check SHA256SUMS` in this folder checks the files."
    )


def _failures(run: Run) -> str:
    """Return the section on what the model is bad at, on the split that chose its weights."""
    split, best = run.experiment.evaluate.split, _best(run)
    result = (run.evaluation() or {}).get(split)
    kept_epoch = int(best) if best.isdigit() else None
    return failures.section(run, split, result, kept_epoch, out_of_distribution.shares(run)) if result else ""


def _cost(run: Run, name: str) -> str:
    """Return the section on what the model costs: space, multiplications, time."""
    speeds = benchmarks.read(paths.zoo_dir() / "benchmark.json")
    times, machine = speeds.milliseconds, speeds.machine
    height, width = run.experiment.data.image_size
    time = (
        f"{times[name]:.1f} ms for one picture through the network, in {speeds.precision[name]} on {machine} (median, "
        "`models/zoo/benchmark.json`)"
        if name in times
        else "not measured yet; `python -m train.benchmark --json models/zoo/benchmark.json` does it"
    )
    rows = [
        ("weights", f"{run.weights.stat().st_size / 1e6:.1f} MB, kernels in float16"),
        ("loss through float16", _float16(run)),
        ("operations", f"{gmacs(run):.2f} GMAC for one picture of {width}x{height} pixels"),
        ("time", time),
    ]
    return "## Size and cost\n\n| | |\n|---|---|\n" + "\n".join(f"| {key} | {value} |" for key, value in rows)


def _float16(run: Run) -> str:
    """Return what the storage in float16 costs."""
    split = run.experiment.evaluate.split
    loss = ((run.evaluation() or {}).get(split) or {}).get("float16_loss")
    if loss is None:
        return "not measured; `python -m train.evaluate RUN --float16-loss` does it where the run's checkpoints are"
    return f"{loss:+.5f} mIoU on {split} (float32 kernels minus these)"


def _start(run: Run) -> str:
    """Return what the training started from."""
    train = run.experiment.train
    if train.initial_weights is not None:
        return f"the weights of {train.initial_weights}"
    if train.encoder is None:
        return "random weights"
    return (
        f"ImageNet weights in the encoder, which stayed as it was for {train.encoder.frozen_epochs} epochs and then "
        f"learnt at {train.encoder.learning_rate_factor:g} times the learning rate"
    )


def _small_start(run: Run) -> str:
    train = run.experiment.train
    if train.small_start is None:
        return ""
    height, width = train.small_start.image_size
    crops = "" if train.small_start.scale is None else ", zoomed {:g} to {:g} times".format(*train.small_start.scale)
    return f", the first {train.small_epochs} at {width}x{height} pixels{crops}"


def _best(run: Run) -> str:
    """Return the epoch whose weights were kept; those at a smaller size are measured in another way and don't count."""
    small = run.experiment.train.small_epochs
    history = run.history().iloc[small:]
    return str(int(history.loc[history["val_miou"].idxmax(), "epoch"])) if history["val_miou"].notna().any() else "?"


def _plain(value: Any) -> str:
    return " to ".join(f"{part:g}" for part in value) if isinstance(value, list | tuple) else f"{value:g}"


def _figure(value: float | None, absent: str = "not in this split") -> str:
    return absent if value is None else f"{value:.4f}"
