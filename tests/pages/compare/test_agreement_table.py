"""The table of how far every two models agree, and the tab around it."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data.shared_classes import ANYTHING_ELSE
from pages.compare.agreement_map import compare_models
from pages.compare.agreement_table import NOT_COMPARED, pair_table
from tests.facts import mentions
from tests.pages.compare.predicted import EMPTY_SHELF, PETS, PETS_TOO, STREET, VOC

PET, VOC_TITLE, CAMVID = "Oxford-IIIT Pet", "PASCAL VOC 2012", "CamVid"
STREET_CLASSES = "bicycle, motorbike or person"
ELSE = [ANYTHING_ELSE]


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
    assert mentions(info.value, "two models")
    assert not app.dataframe


def test_the_tab_of_four_models(found):
    app = shown(found(one=PETS, two=PETS_TOO, three=VOC, four=STREET))
    assert mentions(app.markdown[0].value, "differ")
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
    assert mentions(lines[0], "2 classes")
    assert mentions(lines[-1], "Not compared")
    assert "| pet | pet | cat, dog |" in app.expander[0].markdown[0].value


def test_the_tab_of_one_dataset_needs_no_mapping(found):
    app = shown(found(one=PETS, two=PETS_TOO))
    assert PET in app.caption[-1].value
    assert not app.expander


def test_the_tab_where_nothing_is_comparable(found):
    app = shown(found(one=PETS, two=STREET))
    assert mentions(app.markdown[0].value, "**one**", "**two**", "no class in common")
    assert re.findall(r"\*\*(.+?)\*\*", app.markdown[1].value) == [PET, CAMVID]
    assert app.dataframe[0].value[["Agreement", "Comparable", "Mean IoU"]].isna().all(axis=None)
    assert not app.expander
