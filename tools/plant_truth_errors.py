"""Measure how well planted errors are found: ``python -m tools.plant_truth_errors pets_unet pets_unet_wide``.

In every second image of a split one piece of the mask is given a wrong class, in memory; no file is changed. Then the
list of suspicious truth is searched for these pieces. Real errors of the masks count as false alarms.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pycocotools.mask
from numpy.typing import NDArray

from configs import paths
from configs.command_line import ArgumentParser, run
from data.label_space import LabelSpace
from models.analysis import suspicious_truth
from models.analysis.judged_images import JudgedImages
from models.analysis.suspicious_truth import Judged, SuspiciousRegion
from models.runs import registry
from train.suspicious_truth import judged_images

PIECE = 0.02
"""Area of a disc, as a share of the image."""
LEAST, MOST = 0.01, 0.25
"""Bounds of the area of what is planted."""
TRIES = 50
SEEDS = 3

Images = JudgedImages | Sequence[Judged]


@dataclass(frozen=True)
class Planted:
    """A split with planted errors; ``places`` are their pixels ``(H, W)`` by image."""

    images: Images
    changed: Mapping[str, NDArray[np.uint8]]
    places: Mapping[str, NDArray[np.bool_]]

    def __iter__(self) -> Iterator[Judged]:
        """Read the images with the changed masks."""
        for image in self.images:
            yield image._replace(truth=self.changed.get(image.id, image.truth))

    def hit(self, region: SuspiciousRegion) -> bool:
        """Return whether most of a region's pixels were planted."""
        place = self.places.get(region.image)
        if place is None:
            return False
        inside = pycocotools.mask.decode(region.run_lengths).astype(bool)
        return bool(2 * (inside & place).sum() > inside.sum())


def plant(images: Images, space: LabelSpace, kind: str, seed: int) -> Planted:
    """Plant an error in half of the images: in a ``disc`` around a random pixel, or in a ``whole`` connected region."""
    random = np.random.default_rng(seed)
    chosen = set(random.choice(len(images), len(images) // 2, replace=False).tolist())
    changed, places = {}, {}
    for index, image in enumerate(images):
        place = _place(image.truth, space, kind, random) if index in chosen else None
        if place is not None:
            others = [ident for ident in space.scored if ident != image.truth[place][0]]
            changed[image.id], places[image.id] = image.truth.copy(), place
            changed[image.id][place] = random.choice(others)
    return Planted(images, changed, places)


def _place(
    truth: NDArray[np.uint8], space: LabelSpace, kind: str, random: np.random.Generator
) -> NDArray[np.bool_] | None:
    """Return pixels ``(H, W)`` of one class to change; None if the image has no piece of a fitting size."""
    for _ in range(TRIES):
        row, column = (int(random.integers(0, side)) for side in truth.shape)
        if truth[row, column] not in space.scored:
            continue
        place = truth == truth[row, column]
        if kind == "disc":
            disc = np.zeros(truth.shape, np.uint8)
            cv2.circle(disc, (column, row), round((PIECE * truth.size / np.pi) ** 0.5), 1, cv2.FILLED)
            place &= disc > 0
        else:
            numbers = cv2.connectedComponents(place.view(np.uint8))[1]
            place = np.asarray(numbers == numbers[row, column])
        if LEAST <= place.mean() <= MOST:
            return place
    return None


def measure(images: Images, models: int, space: LabelSpace, kind: str, seed: int) -> tuple[int, float, float]:
    """Return how many errors were planted, the share of hits among as many first regions, and of errors found there."""
    planted = plant(images, space, kind, seed)
    count = len(planted.places)
    first = suspicious_truth.search(planted, models, space).regions[:count]
    hits = [region.image for region in first if planted.hit(region)]
    return count, len(hits) / count, len(set(hits)) / count


def main() -> int:
    """Print, for each kind of error and number of models, precision and recall among the first regions."""
    arguments = _arguments()
    models = [registry.find(name) for name in arguments.models]
    data_dir, space = arguments.data_dir or paths.data_dir(), models[0].label_space
    sets = [models] if len(models) == 1 else [models, *([model] for model in models)]
    print(f"{'planted':8} {'errors':>6} {'precision':>9} {'recall':>6}  models")
    for kind in ("disc", "whole"):
        for agreeing in sets:
            images = judged_images(agreeing, data_dir, arguments.split)
            rows = [measure(images, len(agreeing), space, kind, seed) for seed in range(SEEDS)]
            count, precision, recall = np.mean(rows, axis=0)
            print(
                f"{kind:8} {count:6.0f} {precision:9.2f} {recall:6.2f}  {' + '.join(model.name for model in agreeing)}"
            )
    return 0


def _arguments() -> argparse.Namespace:
    parser = ArgumentParser(prog="python -m tools.plant_truth_errors", description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="+", metavar="MODEL", help="models of one dataset that have to agree")
    parser.add_argument("--data-dir", type=Path, help="folder with the datasets (default: $SEGDECK_DATA)")
    parser.add_argument("--split", default="val", help="split of the dataset (default: val)")
    return parser.parse_args()


if __name__ == "__main__":
    run(main)
