"""Fits what tells pictures unlike a run's training pictures, and measures on other pictures how well it does so.

It is a logistic regression between the network's mean responses to training pictures of the run and to training
pictures of the other datasets that are at hand. Pictures of these that show an object of the run's own classes are left
out, since they may be familiar.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import openvino
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from configs.errors import UserError
from data import datasets, progress, store
from data.dataset import Dataset
from data.shared_classes import covered
from data.store import Samples
from models.inference import export, responses
from models.inference.predictor import network_batch
from models.inference.quantising import calibration_pictures
from models.runs.evaluation import Images
from models.runs.familiarity import Familiarity, OtherDataset
from models.runs.model import file_digest
from models.runs.run import Run

FALSE_ALARMS = 0.05
"""The share of a run's own evaluated pictures that may count as unlike its training pictures."""
FEWEST = 20
"""A dataset with fewer pictures gets no figure, and a fit against fewer none either."""
SHARE = 3
"""Of each other dataset, a third as many pictures are used as of the run's own: together about as many."""
STRENGTH = 0.01
"""Inverse strength of the regularisation; see docs/familiarity.md."""

Responses = NDArray[np.float32]


@dataclass(frozen=True)
class OtherPictures:
    """Pictures of another dataset that show no object of the run's classes, to fit against and to judge.

    ``showing`` are those of the split ``split`` that do.
    """

    dataset: Dataset
    fitted: Samples
    split: str
    judged: Samples
    showing: Samples


@dataclass(frozen=True)
class OtherResponses:
    """The network's mean responses to these pictures, each ``(N, C)``."""

    fitted: Responses
    judged: Responses
    showing: Responses


@dataclass(frozen=True)
class Fit:
    """A distance: the weight of each channel, and what is added to the sum."""

    weights: NDArray[np.float64]
    offset: float

    def distances(self, of: Responses) -> NDArray[np.float64]:
        """Return the distance of pictures, given their mean responses ``(N, C)``."""
        return of @ self.weights + self.offset


def make(run: Run, data_dir: Path, pictures: int) -> Familiarity:
    """Fit and measure on the datasets in a folder, with up to ``pictures`` of each of the run's splits.

    Raises ``UserError`` if the run's dataset or all others are missing, or the network has no deepest levels.
    """
    split = run.experiment.evaluate.split
    own = calibration_pictures(run, data_dir, pictures)
    known = run.training_images()
    judged = _first(store.open_split(run.dataset.name, split, data_dir), pictures, but=known)
    if len(judged) < FEWEST:
        raise UserError(f"{data_dir}: {run.name} needs {FEWEST} pictures in the split {split!r}, not {len(judged)}")
    others = other_pictures(run, data_dir, pictures)
    seen = [*[own, judged], *[part for one in others for part in (one.fitted, one.judged, one.showing)]]
    found = iter(_responses(run, seen))
    mine, mine_judged = next(found), next(found)
    theirs = {one.dataset.name: OtherResponses(next(found), next(found), next(found)) for one in others}
    fit = fitted(mine, [one.fitted for one in theirs.values()])
    if fit is None:
        raise UserError(f"{data_dir}: fewer than {FEWEST} training pictures of other datasets; prepare another dataset")
    own_distances = fit.distances(mine_judged)
    threshold = threshold_of(own_distances)
    return Familiarity(
        weights=file_digest(run.weights),
        channels=tuple(fit.weights.tolist()),
        offset=fit.offset,
        threshold=threshold,
        fitted=len(own),
        split=split,
        images=Images(count=len(judged), digest=judged.digest),
        false_alarms=float(np.mean(own_distances > threshold)),
        others=tuple(_measured(one, fit, threshold, mine, mine_judged, theirs) for one in others),
        engine=f"OpenVINO {version('openvino')} float32",
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def other_pictures(run: Run, data_dir: Path, pictures: int) -> list[OtherPictures]:
    """Return pictures of every other dataset in a folder that has the splits; see ``make`` for how many."""
    known, split, result = run.training_images(), run.experiment.evaluate.split, []
    most = max(pictures // SHARE, 1)
    for name in datasets.names():
        dataset = datasets.get(name)
        if name == run.dataset.name or not (data_dir / dataset.folder).is_dir():
            continue
        splits = store.open_all(name, data_dir)
        if "train" not in splits or split not in splits:
            continue
        to_fit, _ = _divided(splits["train"], run.dataset, dataset)
        judged, showing = _divided(splits[split], run.dataset, dataset)
        to_fit, judged, showing = (_first(part, most, but=known) for part in (to_fit, judged, showing))
        result.append(OtherPictures(dataset, to_fit, split, judged, showing))
    return result


def fitted(own: Responses, others: Sequence[Responses]) -> Fit | None:
    """Fit the distance between a run's pictures and others, each ``(N, C)``; None if the others are too few."""
    other = np.concatenate([np.zeros((0, own.shape[1]), np.float32), *others])
    if len(other) < FEWEST:
        return None
    mean, spread = own.mean(axis=0), own.std(axis=0)
    spread = np.maximum(spread, 0.01 * spread.max() + 1e-9)  # a channel that is nearly always silent proves little
    values = (np.concatenate([own, other]) - mean) / spread
    unlike = np.repeat([0, 1], [len(own), len(other)])
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=3000).fit(values, unlike)
    weights = np.array([float(f"{weight:.6g}") for weight in model.coef_[0] / spread])  # a third of the file's size
    return Fit(weights, float(model.intercept_[0] - mean @ weights))


def threshold_of(distances: NDArray[np.float64]) -> float:
    """Return the distance that ``FALSE_ALARMS`` of the given ones exceed, or slightly fewer."""
    return float(np.quantile(distances, 1 - FALSE_ALARMS, method="higher"))


def auroc(near: NDArray[np.float64], far: NDArray[np.float64]) -> float | None:
    """Return the probability that one of ``far`` is larger than one of ``near``; None if there are too few."""
    if len(far) < FEWEST:
        return None
    return float(roc_auc_score(np.repeat([0, 1], [len(near), len(far)]), np.concatenate([near, far])))


def _measured(
    one: OtherPictures,
    fit: Fit,
    threshold: float,
    own: Responses,
    own_judged: Responses,
    theirs: Mapping[str, OtherResponses],
) -> OtherDataset:
    """Return how well the pictures of one dataset are told, by the fit and by one that has not seen the dataset."""
    name = one.dataset.name
    mine, found = fit.distances(own_judged), fit.distances(theirs[name].judged)
    without = fitted(own, [other.fitted for key, other in theirs.items() if key != name])
    unseen = None if without is None else auroc(without.distances(own_judged), without.distances(theirs[name].judged))
    return OtherDataset(
        name=name,
        title=one.dataset.title,
        split=one.split,
        fitted=len(one.fitted),
        pictures=len(one.judged),
        auroc=auroc(mine, found),
        auroc_unseen=unseen,
        told=float(np.mean(found > threshold)) if len(found) >= FEWEST else None,
        showing=len(one.showing),
        auroc_showing=auroc(mine, fit.distances(theirs[name].showing)),
    )


def _divided(samples: Samples, own: Dataset, other: Dataset) -> tuple[Samples, Samples]:
    """Divide pictures of another dataset into those that show no object of the own classes, and those that do."""
    mine = frozenset[str]().union(*(covered(own)[class_id] for class_id in own.label_space.things))
    shared = [class_id for class_id in other.label_space.things if covered(other)[class_id] & mine]
    shows = samples.class_pixels()[:, shared].any(axis=1)
    return samples.subset(np.flatnonzero(~shows).tolist()), samples.subset(np.flatnonzero(shows).tolist())


def _first(samples: Samples, most: int, but: frozenset[str]) -> Samples:
    """Return up to ``most`` samples, always the same: the first by their SHA-256, without those of ``but``."""
    order = sorted(range(len(samples)), key=samples.hashes.__getitem__)
    return samples.subset([index for index in order if samples.hashes[index] not in but][:most])


def _responses(run: Run, parts: Sequence[Samples]) -> list[Responses]:
    """Return the mean responses ``(N, C)`` of a run's float32 network to the pictures of each part."""
    request = export.using(run, "openvino", lambda folder: _request(folder / "float32.xml"))
    total = sum(map(len, parts))
    pictures = progress.counted((sample for part in parts for sample in part), "looking", total, unit="pictures")
    found = [request.infer([network_batch(run, sample.image)[0]])[0].copy() for sample in pictures]
    ends = np.cumsum([len(part) for part in parts])
    channels = request.model_outputs[0].shape[0]
    every = np.array(found, np.float32).reshape(total, channels)
    return np.split(every, ends[:-1])


def _request(graph: Path) -> openvino.InferRequest:
    core = openvino.Core()
    network = responses.alone(core.read_model(graph))
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    return core.compile_model(network, "CPU", hints).create_infer_request()
