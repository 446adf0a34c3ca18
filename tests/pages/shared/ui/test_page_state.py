"""Page state lives in the address and survives a change of page."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.ui.page_state import PageState
from tests.facts import mentions


def page():
    import streamlit as st

    from pages.shared.ui.page_state import page_state

    state = page_state("page")
    state.follow_link()
    runs = st.multiselect("Runs", ["a", "b", "c"], **state.widget("runs", ["a"], ["a", "b", "c"], always=True))
    grid = st.toggle("Grid", **state.widget("grid", False))
    much = st.slider("Much", 0.0, 1.0, **state.widget("much", 0.5))
    view = st.selectbox("View", ["x", "y"], **state.widget("view", "x", ["x", "y"]))
    state.write_link()
    st.json({"runs": runs, "grid": grid, "much": much, "view": view, "problems": state.problems})


def drawn(app):
    import json

    return json.loads(app.json[0].value)


def link_of(app):
    return {name: values[0] if isinstance(values, list) else values for name, values in dict(app.query_params).items()}


def linked(**link):
    app = AppTest.from_function(page, default_timeout=300)
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def test_defaults_stay_out_of_the_address():
    app = linked()
    assert drawn(app) == {"runs": ["a"], "grid": False, "much": 0.5, "view": "x", "problems": []}
    assert link_of(app) == {"runs": "a"}


def test_values_are_written_to_the_address_and_read_back():
    app = linked()
    app.multiselect[0].set_value(["c", "a"])
    app.toggle[0].set_value(True)
    app.slider[0].set_value(0.25)
    app.selectbox[0].set_value("y").run()
    link = link_of(app)
    assert link == {"runs": "a,c", "grid": "1", "much": "0.25", "view": "y"}
    assert drawn(linked(**link)) == drawn(app)


@pytest.mark.parametrize(
    ("link", "name", "value", "facts"),
    [
        ({"runs": "b,gone"}, "runs", ["b"], ["runs=gone", "a, b, c"]),
        ({"runs": "gone"}, "runs", ["a"], ["runs=gone", "a, b, c"]),
        ({"view": "z"}, "view", "x", ["view=z", "x, y"]),
        ({"grid": "maybe"}, "grid", False, ["grid=maybe", "neither 0 nor 1"]),
        ({"much": "much"}, "much", 0.5, ["much=much", "not a number"]),
        ({"much": "nan"}, "much", 0.5, ["much=nan", "not a number"]),
        ({"much": "7"}, "much", 1.0, []),
    ],
)
def test_a_link_to_an_unknown_value_is_reported(link, name, value, facts):
    app = linked(**link)
    assert not app.exception
    assert drawn(app)[name] == value
    problems = drawn(app)["problems"]
    assert len(problems) == bool(facts)
    assert all(fact in problem for problem in problems for fact in facts)


def test_a_value_that_no_longer_exists_is_dropped():
    state = PageState("page", values={"runs": ["a", "gone"], "view": "gone"})
    assert state.widget("runs", [], ["a", "b"])["key"] == "page_runs"
    assert state._shown == {"runs": "a"}
    state.widget("view", "x", ["x", "y"])
    assert "view" not in state._shown


def page_with_changing_options():
    import streamlit as st

    from pages.shared.ui.page_state import page_state

    options = st.session_state["options"]
    state = page_state("page")
    state.follow_link()
    st.multiselect("Runs", options, **state.widget("runs", options[:1], options))
    state.write_link()


def test_a_selection_returns_with_its_options_and_a_default_follows_them():
    app = AppTest.from_function(page_with_changing_options, default_timeout=60)

    def runs(*options):
        app.session_state["options"] = list(options)
        return app.run().multiselect[0].value

    assert runs("a", "b") == ["a"]
    assert runs("new", "a", "b") == ["new"]
    app.multiselect[0].set_value(["a", "b"]).run()
    assert runs("a", "c") == ["a"]
    assert runs("a", "b", "c") == ["a", "b"]


def buttons_page():
    import streamlit as st

    from pages.shared.ui.page_state import page_state

    state = page_state("buttons")
    state.follow_link()
    st.button("Open", on_click=state.set, args=("open", True))
    st.button("Close", on_click=state.set, args=("open", False))
    st.selectbox("View", ["x", "y"], **state.widget("view", "x", ["x", "y"]))
    st.json({"open": state.value("open", default=False)})
    state.write_link()


def test_a_button_sets_a_value_that_is_in_the_address():
    app = AppTest.from_function(buttons_page, default_timeout=300).run()
    assert (drawn(app), link_of(app)) == ({"open": False}, {})
    app.button[0].click().run()
    assert (drawn(app), link_of(app)) == ({"open": True}, {"open": "1"})
    app.selectbox[0].set_value("y").run()
    assert (drawn(app), link_of(app)) == ({"open": True}, {"open": "1", "view": "y"})
    app.query_params.clear()
    app.query_params["view"] = "x"
    app.run()
    assert drawn(app) == {"open": False}  # a link that does not mention it
    app.query_params["open"] = "1"
    app.run()
    app.button[1].click().run()
    assert (drawn(app), link_of(app)) == ({"open": False}, {})


def page_without_a_control():
    import streamlit as st

    from pages.shared.ui.page_state import page_state

    state = page_state("page")
    state.follow_link()
    if st.toggle("More", **state.widget("more", False)):
        st.selectbox("View", ["x", "y"], **state.widget("view", "x", ["x", "y"]))
    state.unusable("colour", "but there is none")
    state.show_problems(st.container())
    state.write_link()


def test_what_a_link_asks_for_in_vain_is_told_until_it_is_used():
    app = AppTest.from_function(page_without_a_control, default_timeout=300)
    app.query_params["view"], app.query_params["colour"] = "y", "red"
    (told,) = app.run().warning
    assert mentions(told.value, "view=y", "colour=red", "there is none")
    app.toggle[0].set_value(True).run()
    assert app.selectbox[0].value == "y"
    (told,) = app.warning
    assert not mentions(told.value, "view=y")
