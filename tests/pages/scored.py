"""Make runs with curves, previews and scores without training: masks are drawn, and predictions are distorted masks."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from configs import schema
from configs.files import sha256
from configs.paths import ROOT
from data import content, datasets
from data.label_space import LabelSpace
from models.metrics.counts import Counts, count
from models.metrics.detection import Matches, match
from models.metrics.regions import regions
from models.runs.evaluation import Images
from models.runs.run import HISTORY_COLUMNS, Run
from pages.shared.content.scores import Scores, read
from train.evaluation import report

SIZE = (48, 64)


def truth_masks(space: LabelSpace, images: int, absent: Sequence[str] = (), seed: int = 0) -> list[np.ndarray]:
    """Return masks of random rectangles on the first class, without the ``absent`` classes."""
    rng = np.random.default_rng(seed)
    ids = [ident for ident in range(len(space)) if space.names[ident] not in absent]
    masks = []
    for _ in range(images):
        mask = np.full(SIZE, ids[0], np.uint8)
        for ident in rng.choice(ids[1:], min(4, len(ids) - 1), replace=False):
            top, left = rng.integers(0, SIZE[0] - 12), rng.integers(0, SIZE[1] - 12)
            mask[top : top + rng.integers(8, 30), left : left + rng.integers(8, 40)] = ident
        masks.append(mask)
    return masks


def distorted_mask(truth: np.ndarray, space: LabelSpace, errors: float, rng: np.random.Generator) -> np.ndarray:
    """Return a mask shifted a little and with random patches of other classes, as a model's prediction."""
    moved = np.roll(truth, round(errors * 10), axis=1)
    patches = cv2.resize(rng.random((6, 8)), SIZE[::-1], interpolation=cv2.INTER_LINEAR)
    other = cv2.resize(rng.choice(space.scored, (6, 8)).astype(np.uint8), SIZE[::-1], interpolation=cv2.INTER_NEAREST)
    labels = np.where(patches < errors * rng.uniform(0.5, 1.5), other, moved)
    return np.where(np.isin(labels, space.scored), labels, space.scored[0]).astype(np.uint8)


def evaluation(
    space: LabelSpace,
    errors: float,
    images: int = 12,
    absent: Sequence[str] = (),
    seed: int = 1,
    *,
    boxes: bool = False,
) -> dict:
    """Return one split of an ``evaluation.json``, scored on drawn masks; ``boxes`` adds the detection scores."""
    rng = np.random.default_rng(seed)
    pooled, per_image, found = Counts.none(space), [], Matches.none(space)
    for number, truth in enumerate(truth_masks(space, images, absent)):
        predicted = distorted_mask(truth, space, errors, rng)
        right = truth == predicted
        confidence = np.clip(np.where(right, 0.9, 0.6) + rng.normal(0, 0.15, SIZE), 1 / len(space), 1)
        counts = count(truth, predicted, confidence.astype(np.float32), space)
        pooled += counts
        true = [(one.ident, *one.box) for one in regions(truth, truth, space, 0.01)[0]]
        answered, _ = regions(predicted, (255 * confidence).astype(np.uint8), space, 0.01)
        found += match(answered, np.array(true, np.int32).reshape(-1, 5), space)
        per_image.append(report.image_scores(f"picture_{number:03d}", counts))
    scores = report.split_scores(
        pooled,
        space,
        {},
        images=Images(count=images, digest=content.digest(str(number) for number in range(images)), left_out=0),
        per_image=per_image,
        detection=report.detection_scores(found, space, 0.01) if boxes else None,
    )
    about = {"weights": "0" * 64, "engine": "OpenVINO float32", "date": "2026-01-02T03:04:05+00:00"}
    return scores.model_dump(exclude_unset=True) | about


def evaluation_in_shared_classes(
    classes: dict[str, tuple[str, ...]], dataset: str, errors: float, images: int = 12, share: float = 0.9
) -> dict:
    """Return the scores of a model on another dataset; ``classes`` are the shared ones with those of the dataset."""
    names = (*classes, "other classes of the model")
    space = LabelSpace(names, tuple(f"#{index:06x}" for index in range(len(names))))
    scores = evaluation(space, errors, images, names[-1:])
    for entry in scores["classes"][:-1]:
        entry |= {"dataset_classes": list(classes[entry["name"]]), "model_classes": [entry["name"]]}
    for key in ("calibration_error", "adaptive_calibration_error", "calibration"):
        del scores[key]
    return scores | {"dataset": dataset, "scored_share": share}


def history(epochs: int, best: int, seed: int = 0) -> str:
    """Return the text of a ``history.csv`` whose best epoch is ``best``."""
    rng = np.random.default_rng(seed)
    text = io.StringIO()
    writer = csv.DictWriter(text, HISTORY_COLUMNS)
    writer.writeheader()
    for epoch in range(1, epochs + 1):
        value = 0.8 * (1 - np.exp(-epoch / best)) + rng.normal(0, 0.004)
        row: dict[str, Any] = {"epoch": epoch, "loss": 1.6 - value, "accuracy": value + 0.1, "miou": value}
        row |= {"val_loss": 1.7 - value, "val_accuracy": value + 0.08}
        row |= {"val_miou": 0.9 if epoch == best else value - 0.05}
        row |= {"learning_rate": 1e-3 * (1 - epoch / (epochs + 1)), "seconds": 30, "images_per_second": 25}
        writer.writerow(row)
    return text.getvalue()


def make(
    folder: Path,
    config: str = "pets_unet.yaml",
    changes: Sequence[str] = (),
    *,
    epochs: int = 6,
    best: int = 4,
    state: str = "finished",
    scores: dict[str, Any] | None = None,
) -> Run:
    """Write a run whose weight file is a placeholder.

    Args:
        folder: Folder of the run; its name is the run's.
        config: A file in ``configs/``.
        changes: Changed settings, as on the command line.
        epochs: Number of finished epochs, each with a row of the history and a preview.
        best: The best epoch.
        state: State in ``status.json``; its heartbeat is the time of the call.
        scores: Scores by split, for ``evaluation.json``.
    """
    experiment = schema.load(ROOT / "configs" / config, [*changes, f"name={folder.name}"])
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(schema.dump(experiment))
    (folder / "history.csv").write_text(history(epochs, best))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    message = f"epoch {epochs} of {experiment.train.epochs}"
    status = {"state": state, "epoch": epochs, "started": now, "heartbeat": now, "message": message}
    (folder / "status.json").write_text(json.dumps(status))
    run = Run(folder, published=False)
    for epoch in range(1, epochs + 1):
        preview(run, "sample_chelsea", epoch)
    run.weights.write_bytes(folder.name.encode())
    for split in (scores or {}).values():
        split["weights"] = sha256(run.weights)
    if scores is not None:
        (folder / "evaluation.json").write_text(report.to_json({"schema": 1, **scores}))
    return run


def in_int8(run: Run, scores: dict[str, Any] | None = None) -> Run:
    """Return a run in int8; its quantisation is a placeholder, and ``scores`` by split are added to its file."""
    view = run.in_precision("int8")
    view.quantisation.write_bytes(f"{run.name} in int8".encode())
    for split in (scores or {}).values():
        split["weights"] = view.digest()
    if scores is not None:
        file = run.path / "evaluation.json"
        document = json.loads(file.read_text()) if file.is_file() else {"schema": 1}
        file.write_text(report.to_json(document | {"precisions": {"int8": scores}}))
    return view


def two_models(folder: Path, absent: Sequence[str]) -> list[Scores]:
    """Return the scores of a good and a bad model of VOC on the same 30 drawn images, none of an ``absent`` class."""
    space = datasets.get("voc2012").label_space
    runs = {
        name: make(
            folder / name,
            "voc_mobilenetv2_pix2pix.yaml",
            epochs=1,
            scores={"val": evaluation(space, errors, 30, absent)},
        )
        for name, errors in [("good", 0.2), ("bad", 0.5)]
    }
    found, problems = read(runs)
    assert problems == []
    return found


def preview(run: Run, picture: str, epoch: int) -> None:
    """Write a preview, a palette PNG as training writes it."""
    space = run.label_space
    labels = np.full((12, 16), space.scored[epoch % len(space.scored)], np.uint8)
    labels[:6] = space.scored[0]
    image = Image.fromarray(labels)
    image.putpalette(space.palette().tobytes())
    (run.previews / picture).mkdir(parents=True, exist_ok=True)
    image.save(run.previews / picture / f"{epoch:04d}.png")
