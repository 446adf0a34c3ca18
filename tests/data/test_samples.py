import subprocess
import sys

import numpy as np
import pytest

from configs.errors import UserError
from configs.paths import ROOT
from data import datasets, samples


@pytest.mark.parametrize("picture", samples.pictures(), ids=lambda picture: picture.name)
def test_a_sample_picture_loads_and_is_always_the_same(picture):
    image = picture.load()
    assert image.ndim == 3
    assert image.shape[2] == 3
    assert image.dtype == np.uint8
    assert min(image.shape[:2]) >= 256
    assert image.std() > 20
    assert np.array_equal(image, picture.load())
    assert picture.title
    assert picture.credit


@pytest.mark.parametrize("picture", samples.pictures(), ids=lambda picture: picture.name)
def test_a_drawing_is_marked_as_generated(picture):
    assert picture.generated == ("(generated)" in picture.title)
    assert picture.generated == ("SegDeck" in picture.credit)


def test_names_differ():
    names = [picture.name for picture in samples.pictures()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("dataset", datasets.names())
def test_every_dataset_has_a_picture_that_suits_it(dataset):
    kind = datasets.get(dataset).kind
    suitable = samples.pictures(kind)
    assert suitable
    assert all(kind in picture.kinds for picture in suitable)


def test_the_cat_comes_first_for_pets():
    assert samples.pictures("pet")[0].name == "chelsea"


def test_get_finds_by_name_and_lists_the_names():
    assert samples.get("coffee").title == "A cup of coffee"
    with pytest.raises(UserError, match=r"'cofee'; .* chelsea, street, shelf"):
        samples.get("cofee")


def test_loading_imports_no_heavy_package():
    """Importing scikit-image or scikit-learn would cost the dashboard seconds at its start."""
    code = (
        "import sys; from data import samples; [picture.load() for picture in samples.pictures()];"
        "print([name for name in ('skimage', 'sklearn', 'pooch', 'scipy') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
