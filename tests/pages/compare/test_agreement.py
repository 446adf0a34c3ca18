"""Where models agree on a picture: the map for the viewer, the table, and the sentences around them."""

import base64
import itertools
import re
import zlib

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from configs import schema
from configs.paths import ROOT
from data import datasets
from data.shared_classes import ANYTHING_ELSE
from models.metrics.agreement import Level
from models.runs.run import Run
from pages.compare.agreement_map import COLOURS, agreement_panel, compare_models
from pages.compare.agreement_table import NOT_COMPARED, pair_table
from pages.compare.agreement_text import ONLY_ANYTHING_ELSE, class_table, compared_classes, summary
from pages.shared.content.predictions import ImagePrediction, ModelPrediction, deflate
from tests.colour_vision import DEFICIENCIES, seen, too_near

CONFIGS = {
    "oxford_iiit_pet": "pets_unet",
    "voc2012": "voc_mobilenetv2_pix2pix",
    "camvid": "camvid_unet",
    "grocery": "grocery_unet",
}


@pytest.fixture
def found(tmp_path):
    """Return a function that makes predictions from names, datasets and rows of class names."""

    def make(**models):
        return [_predicted(name, tmp_path / name, dataset, rows) for name, (dataset, rows) in models.items()]

    return make


def _predicted(name, folder, dataset, rows):
    folder.mkdir(exist_ok=True)
    experiment = schema.load(ROOT / "configs" / f"{CONFIGS[dataset]}.yaml")
    (folder / "config.yaml").write_text(schema.dump(experiment))
    run = Run(folder, published=False)
    labels = np.array([[run.label_space.id_of(name) for name in row.split(", ")] for row in rows], np.uint8)
    shares = tuple(np.bincount(labels.ravel(), minlength=len(run.label_space)) / labels.size)
    key = "|".join(rows), dataset, str(folder)
    prediction = ImagePrediction(key, labels.shape, shares, 0.01, "float32", (), deflate(labels), b"")
    return ModelPrediction(name, run, prediction)


PETS = "oxford_iiit_pet", ["pet, pet, border, background"]
PETS_TOO = "oxford_iiit_pet", ["pet, background, border, background"]
VOC = "voc2012", ["cat, horse, dog, background"]
STREET = "camvid", ["road, car, car, road"]
STREET_CLASSES = "bicycle, motorbike or person"
ELSE = [ANYTHING_ELSE]


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


def test_the_table_has_a_row_for_every_two_models(found):
    models = found(one=PETS, two=PETS_TOO, three=VOC, four=STREET)
    table = pair_table(models, compare_models(models).pairs)
    pairs = {(row["Model"], row["and model"]): row for _, row in table.iterrows()}
    assert list(pairs) == [  # least alike first, not comparable last
        *[("one", "three"), ("one", "two"), ("two", "three")],
        *[("three", "four"), ("one", "four"), ("two", "four")],
    ]
    assert list(table["Agreement"].round(3)[:4]) == [0.667, 0.75, 1, 1]
    assert table["Agreement"].isna().tolist() == table["Mean IoU"].isna().tolist() == [False] * 4 + [True] * 2
    assert list(table["Comparable"][:4]) == [0.75, 1, 0.75, 0.25]
    assert table["Comparable"].isna().tolist() == [False] * 4 + [True] * 2, "a pair not compared has no figure at all"
    assert set(pairs["one", "two"]["Compared in"].split()) >= {"3", "Oxford-IIIT", "Pet"}
    assert pairs["one", "three"]["Compared in"] == "pet; anything else"
    assert pairs["three", "four"]["Compared in"].partition(" (")[0].split("; ") == [STREET_CLASSES, "bus or car", *ELSE]
    assert "only the last" in pairs["three", "four"]["Compared in"]
    assert pairs["one", "four"]["Compared in"] == "no class in common"


def test_the_table_marks_what_agrees_only_on_anything_else(found):
    models = found(one=EMPTY_SHELF, two=VOC, three=("voc2012", ["cat, cat, cat, cat"]), four=STREET)
    compared = compare_models(models)
    rows = {(row["Model"], row["and model"]): row for _, row in pair_table(models, compared.pairs).iterrows()}
    assert rows["one", "two"]["Agreement"] == 1
    assert rows["one", "two"]["Compared in"].partition(" (")[0].split("; ") == ["bottle", *ELSE]
    assert "only the last" in rows["one", "two"]["Compared in"]
    assert "only the last" not in rows["two", "three"]["Compared in"]
    nothing = rows["three", "four"]
    assert np.isnan(nothing["Agreement"])
    assert nothing["Comparable"] == 0, "compared in classes that this picture does not show"


CAMVID_AND_VOC = (
    " are compared in 3 classes: bus or car; bicycle, motorbike or person; anything else."
    " No counterpart: 15 classes of PASCAL VOC 2012."
)
OF_COMPARABLE = "of the pixels that can be compared"
STREET_AND_CAT = "voc2012", ["background, car, cat, background"]


EMPTY_SHELF = "grocery", ["background, background, background, background"]
SHELF = "grocery", ["background, ketchup, soap, background"]
PET, VOC_TITLE, CAMVID = "Oxford-IIIT Pet", "PASCAL VOC 2012", "CamVid"
ALONE = "so it is not compared with"
MORE = "no two models that are compared differ"


def strangers(one, other):
    """Return the sentence about two models that are not compared."""
    return f"**{one}** has no class in common with **{other}**, so the two are not compared."


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ({"a": PETS, "b": PETS_TOO}, "**a** and **b** agree on **75.0 %** of the picture."),
        (
            {"a": PETS, "b": VOC},
            f"**a** and **b** agree on **66.7 %** {OF_COMPARABLE}; 25.0 % of the picture cannot be.",
        ),
        ({"a": PETS, "b": PETS_TOO, "c": VOC}, "On **75.0 %** of the picture, no two of the 3 models differ."),
        ({"a_b": VOC, "*": VOC}, r"**a\_b** and **\*** agree on **100.0 %** of the picture."),
        # Of each other's classes both see none: they agree on nothing that they found.
        ({"a": VOC, "b": EMPTY_SHELF}, f"**a** and **b** agree on **100.0 %** of the picture. {ONLY_ANYTHING_ELSE}"),
        (
            {"a": STREET, "b": STREET_AND_CAT},
            f"**a** and **b** agree on **100.0 %** {OF_COMPARABLE}; 25.0 % of the picture cannot be.",
        ),
        ({"a": SHELF, "b": VOC}, "**a** and **b** agree on **75.0 %** of the picture."),
        # Comparable classes, but none of them in this picture.
        (
            {"a": ("camvid", ["road, road"]), "b": ("voc2012", ["cat, sofa"])},
            "No two of these predictions can be compared on this picture.",
        ),
        # Two strangers.
        *[
            ({"a": one, "b": other}, strangers("a", "b"))
            for one, other in [(PETS, STREET), (STREET, PETS), (PETS, SHELF), (PETS, EMPTY_SHELF), (STREET, SHELF)]
        ],
        # Three strangers.
        (
            {"a": PETS, "b": STREET, "c": SHELF},
            f"**a** has no class in common with **b** and **c**, {ALONE} them. {strangers('b', 'c')}",
        ),
        # One stranger to all.
        (
            {"a": PETS, "b": STREET, "c": PETS_TOO},
            (
                "**a** and **c** agree on **75.0 %** of the picture. **a** and **c** have no class in common "
                "with **b**, so they are not compared with it."
            ),
        ),
        (
            {"a": SHELF, "b": PETS, "c": PETS_TOO},
            (
                "**b** and **c** agree on **75.0 %** of the picture. **a** has no class in common with **b** "
                f"and **c**, {ALONE} them."
            ),
        ),
        # A model that can be compared with both of two strangers.
        (
            {"a": STREET, "b": PETS, "c": VOC},
            f"On **66.7 %** {OF_COMPARABLE}, {MORE}; 25.0 % of the picture cannot be. {strangers('a', 'b')}",
        ),
        *[
            ({"a": SHELF, "b": other, "c": VOC}, f"On **75.0 %** of the picture, {MORE}. {strangers('a', 'b')}")
            for other in (PETS, STREET)
        ],
    ],
)
def test_the_summary(found, models, expected):
    predicted = found(**models)
    compared = compare_models(predicted)
    assert summary(predicted, compared.shares, compared.pairs) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            "oxford_iiit_pet",
            "voc2012",
            " are compared in 2 classes: pet; anything else. No counterpart: border of Oxford-IIIT Pet.",
        ),
        (
            "camvid",
            "voc2012",
            CAMVID_AND_VOC,
        ),
        ("grocery", "voc2012", " are compared in 2 classes: bottle; anything else."),
    ],
)
def test_the_compared_classes(first, second, expected):
    titles = f"**{datasets.get(first).title}** and **{datasets.get(second).title}**"
    assert compared_classes(datasets.get(first), datasets.get(second)) == titles + expected


@pytest.mark.parametrize(
    ("first", "second"), [("oxford_iiit_pet", "voc2012"), ("voc2012", "camvid"), ("grocery", "voc2012")]
)
def test_the_mapping_names_every_class_once(first, second):
    _, rule, *lines = class_table(datasets.get(first), datasets.get(second)).split("\n")
    assert rule == "|---|---|---|"
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert ANYTHING_ELSE in [row[0] for row in cells]
    for column, dataset in [(1, datasets.get(first)), (2, datasets.get(second))]:
        named = [name for row in cells for name in row[column].split(", ") if name != "–"]
        assert sorted(named) == sorted(dataset.label_space.names[ident] for ident in dataset.label_space.scored)


def page():
    import streamlit as st

    from pages.compare.agreement_table import agreement_table

    agreement_table(st.session_state.found)


def shown(found):
    app = AppTest.from_function(page, default_timeout=300)
    app.session_state.found = found
    app.run()
    assert [*app.exception, *app.error, *app.warning] == []
    return app


@pytest.mark.parametrize("models", [{}, {"one": PETS}])
def test_fewer_than_two_models_cannot_be_compared(found, models):
    app = shown(found(**models))
    (info,) = app.info
    assert "two models" in info.value
    assert not app.dataframe


def test_the_tab_of_four_models(found):
    app = shown(found(one=PETS, two=PETS_TOO, three=VOC, four=STREET))
    assert MORE in app.markdown[0].value
    assert re.findall(r"\*\*(\w+)\*\*", app.markdown[0].value) == ["one", "two", "four"]
    assert len(app.dataframe[0].value) == 6
    assert app.dataframe[0].proto.placeholder == NOT_COMPARED
    lines = app.markdown[1].value.split("\n")
    assert len(lines) == 3
    assert [re.findall(r"\*\*(.+?)\*\*", line) for line in lines] == [
        [PET, VOC_TITLE],
        [VOC_TITLE, CAMVID],
        [PET, CAMVID],
    ]
    assert "2 classes" in lines[0]
    assert lines[-1].startswith("- Not compared, ")
    assert "| pet | pet | cat, dog |" in app.expander[0].markdown[0].value


def test_the_tab_of_one_dataset_needs_no_mapping(found):
    app = shown(found(one=PETS, two=PETS_TOO))
    assert PET in app.caption[-1].value
    assert not app.expander


def test_the_tab_where_nothing_is_comparable(found):
    app = shown(found(one=PETS, two=STREET))
    assert app.markdown[0].value == strangers("one", "two")
    assert re.findall(r"\*\*(.+?)\*\*", app.markdown[1].value) == [PET, CAMVID]
    assert app.dataframe[0].value[["Agreement", "Comparable", "Mean IoU"]].isna().all(axis=None)
    assert not app.expander
