"""Two models by class and by image."""

import numpy as np
import pytest

from pages.evaluation import model_comparison
from tests.pages.evaluation.conftest import ABSENT


def test_differences_by_class_and_image(two):
    by_class = model_comparison.class_differences(two[0], two[1]).set_index("Class")["Difference of IoU"]
    ious = [one.classes.set_index("name")["iou"] for one in two]
    assert by_class["cat"] == pytest.approx(ious[0]["cat"] - ious[1]["cat"])
    assert by_class[list(ABSENT)].isna().all()
    by_image = model_comparison.image_differences(two[0], two[1], most=4)
    assert len(by_image) == 4
    assert by_image["Difference of mIoU"].abs().is_monotonic_decreasing
    np.testing.assert_allclose(by_image["good"] - by_image["bad"], by_image["Difference of mIoU"])
