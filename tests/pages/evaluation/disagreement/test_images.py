"""The order of the images on which two models differ."""

import pandas as pd
import pytest

from pages.evaluation.disagreement import images
from pages.evaluation.disagreement.images import A_FIRST, B_FIRST, DIFFERENCE, LARGEST


@pytest.mark.parametrize(("order", "expected"), [(LARGEST, "bdac"), (A_FIRST, "bacd"), (B_FIRST, "dcab")])
def test_images_are_sorted_by_the_difference(order, expected):
    table = pd.DataFrame({"Image": list("abcd"), DIFFERENCE: [0.1, 0.5, -0.05, -0.4]})
    assert "".join(images.ordered(table, order)["Image"]) == expected
