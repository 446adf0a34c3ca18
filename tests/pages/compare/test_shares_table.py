"""The shares of the classes in the predictions."""

import pytest

from tests.pages.app import has_no_messages, model_panels
from tests.pages.compare.compare_page import compare


def test_the_table_has_the_shares_of_the_viewer_and_they_add_up(runs):
    app = compare(models="tiny_street,tiny_pets", sample="coffee")
    assert has_no_messages(app)
    shown = model_panels(app)
    for model in shown.values():
        assert sum(entry["share"] for entry in model["classes"]) == pytest.approx(1)
        assert "void" not in {entry["name"] for entry in model["classes"]}
    table = app.dataframe[0].value
    pets = table[table["Model"] == "tiny_pets"].set_index("Class")["Share"]
    assert dict(pets) == {
        entry["name"]: entry["share"] for entry in shown["tiny_pets"]["classes"] if entry["share"] > 0
    }
