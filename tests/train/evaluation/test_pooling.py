"""Pooling what was counted in the images of a large split."""

import numpy as np

from data.label_space import LabelSpace
from models.metrics.counts import Counts
from models.metrics.detection import Matches
from train.evaluation.counting import Counted
from train.evaluation.scoring import _pool

SPACE = LabelSpace(("background", "cat"), ("#000000", "#ffffff"))


def test_each_match_is_copied_once(monkeypatch):
    """Adding the matches of one image after the other would copy those of the first with every further image."""
    one = Matches(np.ones(3, np.int64), np.ones(3), np.ones(3, bool), np.array([0, 2]))
    counted = [Counted(f"image{index}", Counts.none(SPACE), one, (4, 5), None) for index in range(50)]
    copied, concatenate = [], np.concatenate

    def watched(parts, *arguments, **options):
        result = concatenate(parts, *arguments, **options)
        copied.append(result.size)
        return result

    monkeypatch.setattr(np, "concatenate", watched)
    _, per_image, matches, known = _pool(counted, SPACE, None)
    assert matches is not None
    assert (len(matches.idents), matches.right.sum(), matches.truth.tolist()) == (150, 150, [0, 100])
    assert (len(per_image), known) == (50, (200, 250))
    assert sum(copied) == 3 * 150
