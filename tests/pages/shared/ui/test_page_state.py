"""Page state lives in the address and survives a change of page."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.ui.page_state import PageState


def page():
    import streamlit as st

    from pages.shared.ui.page_state import page_state

    chosen = page_state("page")
    chosen.follow_link()
    runs = st.multiselect("Runs", ["a", "b", "c"], **chosen.widget("runs", ["a"], ["a", "b", "c"], always=True))
    grid = st.toggle("Grid", **chosen.widget("grid", False))
    much = st.slider("Much", 0.0, 1.0, **chosen.widget("much", 0.5))
    view = st.selectbox("View", ["x", "y"], **chosen.widget("view", "x", ["x", "y"]))
    chosen.write_link()
    st.json({"runs": runs, "grid": grid, "much": much, "view": view, "problems": chosen.problems})


def drawn(app):
    import json

    return json.loads(app.json[0].value)


def link_of(app):
    return {name: values[0] if isinstance(values, list) else values for name, values in dict(app.query_params).items()}


def linked(**link):
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def test_defaults_stay_out_of_the_address():
    app = linked()
    assert drawn(app) == {"runs": ["a"], "grid": False, "much": 0.5, "view": "x", "problems": []}
    assert link_of(app) == {"runs": "a"}


def test_what_is_chosen_is_written_and_read_again():
    app = linked()
    app.multiselect[0].set_value(["c", "a"])
    app.toggle[0].set_value(True)
    app.slider[0].set_value(0.25)
    app.selectbox[0].set_value("y").run()
    link = link_of(app)
    assert link == {"runs": "a,c", "grid": "1", "much": "0.25", "view": "y"}
    assert drawn(linked(**link)) == drawn(app)


@pytest.mark.parametrize(
    ("link", "name", "value", "problem"),
    [
        ({"runs": "b,gone"}, "runs", ["b"], "The link asks for runs=gone, which is not here; there are a, b, c."),
        ({"runs": "gone"}, "runs", ["a"], "The link asks for runs=gone, which is not here; there are a, b, c."),
        ({"view": "z"}, "view", "x", "The link asks for view=z, which is not here; there are x, y."),
        ({"grid": "maybe"}, "grid", False, "The link asks for grid=maybe, which is neither 0 nor 1."),
        ({"much": "much"}, "much", 0.5, "The link asks for much=much, which is no number."),
        ({"much": "nan"}, "much", 0.5, "The link asks for much=nan, which is no number."),
        ({"much": "7"}, "much", 1.0, None),
    ],
)
def test_a_link_to_what_is_not_here_is_told(link, name, value, problem):
    app = linked(**link)
    assert not app.exception
    assert drawn(app)[name] == value
    assert drawn(app)["problems"] == ([problem] if problem else [])


def test_what_is_gone_is_chosen_no_more():
    chosen = PageState("page", values={"runs": ["a", "gone"], "view": "gone"})
    assert chosen.widget("runs", [], ["a", "b"])["key"] == "page_runs"
    assert chosen._drawn == {"runs": "a"}
    chosen.widget("view", "x", ["x", "y"])
    assert "view" not in chosen._drawn
