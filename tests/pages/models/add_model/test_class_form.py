import pytest

from data import datasets
from pages.models.add_model.class_form import fitting

VOC = datasets.get("voc2012").label_space


@pytest.mark.parametrize(
    ("expected", "named", "some", "none"),
    [
        (21, None, {"voc2012"}, {"camvid"}),
        (22, None, {"voc2012"}, {"camvid"}),
        (11, None, {"camvid"}, {"voc2012"}),
        (2, ("cat", "dog"), {"voc2012"}, {"camvid"}),
        (7, None, set(), {"voc2012", "camvid"}),
        (None, None, {"voc2012", "camvid"}, set()),
    ],
)
def test_datasets_with_as_many_classes_or_with_these_names_are_offered(expected, named, some, none):
    found = set(fitting(expected, named))
    assert some <= found
    assert not none & found
