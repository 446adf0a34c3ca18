from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from scipy import ndimage

from data.label_space import LabelSpace
from models.metrics import segmentation
from models.metrics.counts import Counts
from models.metrics.definitions import ERRORS
from models.metrics.error_kinds import Kind
from tests.models.metrics.label_maps import (
    NO_VOID,
    VOID_LAST,
    VOID_MIDDLE,
    Labels,
    Maps,
    blobs,
    counted,
    grid,
    label_maps,
)


class Case(NamedTuple):
    """Small label maps, whose tolerance is one pixel, and the wrong pixels of one class by kind."""

    truth: list[str]
    predicted: list[str]
    counted: int
    kinds: dict[Kind, int]
    partner: int | None = None


BOUNDARY, CONFUSION, MISSED, INVENTED, INTERIOR = Kind
ONE_PIXEL_MORE = ["000111", "000111"], ["001111", "001111"]
OVERLOOKED = ["000000", "011000", "011000", "000000"], 4 * ["000000"]
TAKEN_FOR_ANOTHER = ["000000", "011000", "011000", "000000"], ["000000", "022000", "022000", "000000"]
HOLE = 7 * ["1111111"], ["1111111", "1111111", "1111111", "1110111", "1111111", "1111111", "1111111"]
IN_ITS_MIDST = (
    ["0000000000", "0111111111", "0111111111", "0111111111"],
    [*("0000000000", "0111111111", "0111112211", "0111112211")],
)
TOO_LARGE = ["1110000000"], ["1111110000"]
VOID_BETWEEN = ["0011330000"], ["0011111110"]

CASES = {
    "an outline that is a pixel off": Case(*ONE_PIXEL_MORE, 1, {BOUNDARY: 2}),
    "the outline on its other side": Case(*ONE_PIXEL_MORE, 0, {BOUNDARY: 2}),
    "an object that is overlooked": Case(*OVERLOOKED, 1, {MISSED: 4}),
    "what overlooks it": Case(*OVERLOOKED, 0, {BOUNDARY: 4}),
    "an object out of nothing": Case(OVERLOOKED[1], OVERLOOKED[0], 1, {INVENTED: 4}),
    "what it is invented on": Case(OVERLOOKED[1], OVERLOOKED[0], 0, {CONFUSION: 4}, 1),
    "an object that is taken for another": Case(*TAKEN_FOR_ANOTHER, 1, {CONFUSION: 4}, 2),
    "the other that it is taken for": Case(*TAKEN_FOR_ANOTHER, 2, {CONFUSION: 4}, 1),
    "an object with a hole of a class that is not there": Case(*HOLE, 1, {CONFUSION: 1}, 0),
    "what makes the hole": Case(*HOLE, 0, {INVENTED: 1}),
    "a part that is taken for another": Case(*IN_ITS_MIDST, 1, {BOUNDARY: 2, CONFUSION: 2}, 2),
    "the other, invented on a part": Case(*IN_ITS_MIDST, 2, {INVENTED: 4}),
    "a prediction that reaches too far": Case(*TOO_LARGE, 1, {BOUNDARY: 1, INTERIOR: 2}),
    "what it reaches into": Case(*TOO_LARGE, 0, {BOUNDARY: 2, INTERIOR: 1}),
    "a prediction that void connects is not invented": Case(*VOID_BETWEEN, 1, {BOUNDARY: 0, INTERIOR: 3}),
    "all right": Case(["0011"], ["0011"], 1, {}),
    "only void": Case(["33"], ["01"], 1, {}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_kind_by_hand(case: Case) -> None:
    errors = counted(grid(*case.truth), grid(*case.predicted), VOID_LAST).errors
    found = {kind: int(errors.kinds[case.counted, kind]) for kind in Kind}
    assert found == {kind: case.kinds.get(kind, 0) for kind in Kind}
    partners = errors.partners[case.counted]
    assert partners.sum() == found[CONFUSION]
    assert (int(partners.argmax()) if partners.any() else None) == case.partner


def assert_kinds_add_up(counts: Counts) -> None:
    tp, fp, fn = segmentation.tp_fp_fn(counts.confusion)
    np.testing.assert_array_equal(counts.errors.kinds.sum(axis=1), fp + fn)
    np.testing.assert_array_equal(counts.errors.partners.sum(axis=1), counts.errors.kinds[:, CONFUSION])
    assert not counts.errors.partners.diagonal().any()
    shown = tp + fn > 0
    shares = counts.errors.kinds[shown] / (tp + fp + fn)[shown, None]
    np.testing.assert_allclose(shares.sum(axis=1), 1 - segmentation.iou(tp, fp, fn)[shown], atol=1e-12)


@given(label_maps())
def test_the_kinds_of_every_class_add_up_to_its_wrong_pixels(maps: Maps) -> None:
    assert_kinds_add_up(counted(maps[0], maps[1], VOID_MIDDLE))


def plain(truth: Labels, predicted: Labels, space: LabelSpace) -> NDArray[np.int64]:
    """Return the kinds ``(S, 5)``, pixel by pixel, with scipy's regions and distances."""
    scored = np.isin(truth, space.scored)
    within = max(1, 0.0075 * np.hypot(*truth.shape))
    lost: list[dict[int, NDArray[np.bool_]]] = [{}, {}]
    near: dict[int, NDArray[np.bool_]] = {}
    for ident in space.scored:
        for number, labels in enumerate((truth, predicted)):
            regions, _ = ndimage.label(labels == ident, np.ones((3, 3)))
            found = set(regions[scored & (truth == predicted)])
            lost[number][ident] = ~np.isin(regions, list(found)) & (regions > 0)
        mask = truth == ident
        line = mask & ndimage.binary_dilation(~mask, np.ones((3, 3)))
        near[ident] = ndimage.distance_transform_edt(~line) <= within if line.any() else np.zeros(mask.shape, bool)
    kinds = np.zeros((len(space.scored), 5), np.int64)
    for place in np.argwhere(scored & (truth != predicted)):
        at = tuple(place)
        c, d = int(truth[at]), int(predicted[at])
        true_lost, other_lost = lost[0][c][at], lost[1][d][at]
        for ident, own, other, if_lost in [(c, true_lost, other_lost, MISSED), (d, other_lost, true_lost, INVENTED)]:
            if own:
                kind = CONFUSION if other else if_lost
            elif near[ident][at]:
                kind = BOUNDARY
            else:
                kind = CONFUSION if other else INTERIOR
            kinds[space.scored.index(ident), kind] += 1
    return kinds


@pytest.mark.parametrize("seed", range(3))
def test_the_kinds_are_those_of_a_plain_loop(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = blobs(random, (90, 120), [0, 1, 2, 3], 4)
    predicted = np.roll(truth, 2, axis=0)
    patches = blobs(random, (90, 120), [0, 2, 3], 3)
    change = blobs(random, (90, 120), [0, 1], 6) == 1
    predicted = np.where((predicted == 1) | change, patches, predicted).astype(np.uint8)
    counts = counted(truth, predicted, VOID_MIDDLE)
    np.testing.assert_array_equal(counts.errors.kinds, plain(truth, predicted, VOID_MIDDLE))
    assert (counts.errors.kinds.sum(axis=0) > 0).all(), "every kind must occur"
    assert_kinds_add_up(counts)


def test_kinds_are_pooled_over_images() -> None:
    one, two = (counted(grid(*truth), grid(*predicted), NO_VOID) for truth, predicted in (OVERLOOKED, TOO_LARGE))
    np.testing.assert_array_equal((one + two).errors.kinds, one.errors.kinds + two.errors.kinds)
    assert_kinds_add_up(one + two)


def test_every_kind_is_defined() -> None:
    assert list(ERRORS) == [kind.name.lower() for kind in Kind]
