"""Colours and shapes distinguish series, and charts can be saved."""

import json
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from data.colours import SERIES
from pages.shared.ui.charts import PATTERNS, SYMBOLS, Style, lay_out
from tests.colour_vision import DEFICIENCIES, linear, too_near

PAGES = Path(__file__).resolve().parents[4] / "pages"


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_first_seven_colours_differ_with_colour_vision_deficiency(deficiency):
    assert too_near(SERIES[:7], deficiency, 8) == {}


@pytest.mark.parametrize("background", ["#ffffff", "#12171d"])
def test_every_colour_has_contrast_to_the_background(background):
    def luminance(colour):
        return float(linear(colour) @ [0.2126, 0.7152, 0.0722])

    for colour in SERIES:
        darker, brighter = sorted([luminance(colour), luminance(background)])
        assert (brighter + 0.05) / (darker + 0.05) >= 3, colour


def test_a_repeated_colour_has_another_shape():
    styles = [Style.of(index) for index in range(len(SERIES) * len(SYMBOLS))]
    assert len({(style.colour, style.symbol) for style in styles}) == len(styles)
    assert len({(style.colour, style.pattern) for style in styles}) == len(styles)
    assert len(set(PATTERNS)) == len(PATTERNS)
    assert all(re.fullmatch("#[0-9a-f]{6}", style.colour) for style in styles)


def test_small_numbers_are_written_as_powers_instead_of_si_prefixes():
    figure = go.Figure()
    lay_out(figure)
    assert figure.layout.yaxis.exponentformat == "power"


def page():
    import pandas as pd
    import plotly.graph_objects as go

    from pages.shared.ui import charts

    table = pd.DataFrame({"epoch": [1, 2], "loss": [0.5, 0.25]})
    charts.show(go.Figure(go.Scatter(x=table["epoch"], y=table["loss"])), "loss", "The loss falls", lambda: table)


def test_a_chart_is_saved_as_image_and_as_csv_under_its_name(monkeypatch):
    saved = {}
    monkeypatch.setattr("streamlit.download_button", lambda _, **arguments: saved.update(arguments))
    app = AppTest.from_function(page).run()
    assert not app.exception
    config = json.loads(app.get("plotly_chart")[0].proto.config)
    assert config["toImageButtonOptions"] == {"filename": "segdeck_loss", "scale": 2}
    assert "toImage" not in config["modeBarButtonsToRemove"]
    assert saved["file_name"] == "segdeck_loss.csv"
    assert saved["data"]() == b"epoch,loss\n1,0.5\n2,0.25\n"


def test_every_chart_of_every_page_can_be_saved():
    """Charts are drawn by ``charts.show`` only, tables by ``st.dataframe`` only: both can be saved."""
    root = PAGES.parent
    sources = [*PAGES.rglob("*.py"), root / "streamlit_app.py"]
    drawn = {
        path.relative_to(root).as_posix(): set(re.findall(r"\bst\.(\w*chart|table|pyplot)\(", path.read_text()))
        for path in sources
    }
    assert {name: what for name, what in drawn.items() if what} == {"pages/shared/ui/charts.py": {"plotly_chart"}}
