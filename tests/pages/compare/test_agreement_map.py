"""The map of where models agree."""

import base64
import itertools
import zlib

import numpy as np
import pytest

from models.metrics.agreement import Level
from pages.compare.agreement_map import COLOURS, agreement_panel
from tests.colour_vision import DEFICIENCIES, seen, too_near
from tests.pages.compare.predicted import PETS, PETS_TOO, STREET, VOC


def unpack(panel):
    return np.frombuffer(zlib.decompress(base64.b64decode(panel.labels)), np.uint8).reshape(panel.size)


def test_the_map_of_two_models(found):
    panel = agreement_panel(found(one=PETS, two=VOC))
    assert panel
    assert (panel.kind, panel.space, panel.size, panel.confidence) == ("agreement", "agreement", (1, 4), None)
    legend = {entry.id: (entry.name, entry.share) for entry in panel.classes}
    assert legend == {
        Level.AGREE: ("agree", 0.5), Level.MOST: ("differ", 0.25), Level.NOT_COMPARABLE: ("not comparable", 0.25)
    }  # fmt: skip
    assert unpack(panel).tolist() == [[Level.AGREE, Level.MOST, Level.NOT_COMPARABLE, Level.AGREE]]


def test_the_map_of_three_models(found):
    two = agreement_panel(found(one=PETS, two=PETS_TOO, three=VOC))
    assert two
    assert {entry.name: entry.share for entry in two.classes} == {"none differ": 0.75, "some differ": 0.25}
    three = agreement_panel(
        found(one=PETS, two=PETS_TOO, three=("oxford_iiit_pet", ["pet, border, border, background"]))
    )
    assert three
    assert {entry.name: entry.share for entry in three.classes} == {"none differ": 0.75, "most differ": 0.25}


@pytest.mark.parametrize(
    ("models", "note", "names"),
    [
        ({"one": PETS, "two": STREET, "three": PETS_TOO}, "of 2 of 3 models", {"agree", "differ"}),
        ({"one": PETS, "two": PETS_TOO, "three": STREET, "four": VOC}, "of 4 models", {"none differ", "some differ"}),
        ({"one": PETS, "two": PETS_TOO}, "of 2 models", {"agree", "differ"}),
    ],
)
def test_the_map_names_the_number_of_models(found, models, note, names):
    panel = agreement_panel(found(**models))
    assert panel
    assert panel.note == note
    assert names <= {entry.name for entry in panel.classes}


@pytest.mark.parametrize("models", [{}, {"one": PETS}, {"one": PETS, "two": STREET}], ids=["none", "one", "strangers"])
def test_no_map_where_nothing_is_comparable(found, models):
    assert agreement_panel(found(**models)) is None


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_colours_differ_for_everyone_in_lightness_too(deficiency):
    assert too_near(tuple(COLOURS.values()), deficiency, 18) == {}
    for one, other in itertools.combinations(COLOURS.values(), 2):
        assert abs(seen(one, deficiency)[0] - seen(other, deficiency)[0]) >= 10, (one, other)
