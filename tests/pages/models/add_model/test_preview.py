import pytest

from data import datasets, samples
from pages.models.add_model.preview import suited


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("road", "sidewalk", "building", "pole", "sky", "car"), "street"),
        (datasets.get("camvid").label_space.names, "street"),
        (datasets.get("grocery").label_space.names, "grocery"),
        (("Pet", "Background", "Border"), "pet"),
    ],
)
def test_the_check_picture_suits_the_classes(names, kind):
    assert suited(names) == samples.pictures(kind)[0].title


def test_without_known_classes_it_is_the_first():
    assert suited(()) == suited(("a", "b")) == samples.pictures()[0].title
