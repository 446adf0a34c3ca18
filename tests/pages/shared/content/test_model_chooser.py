"""The choice of models by name."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.content.model_chooser import MAX_PILLS


def page(count):
    import streamlit as st

    from pages.shared.content.model_chooser import choose_models

    names = [f"model_{number}" for number in range(count)]
    if "chosen" not in st.session_state:
        st.session_state["chosen"] = [names[3], names[1]]
    st.json(choose_models("Models", names, {"key": "chosen"}, "Any number of them."))


@pytest.mark.parametrize(("count", "widget"), [(MAX_PILLS, "pills"), (MAX_PILLS + 1, "multiselect")])
def test_few_models_are_buttons_many_are_searched_and_the_order_is_that_of_the_options(count, widget):
    app = AppTest.from_function(page, args=(count,)).run()
    assert not app.exception
    (control,) = getattr(app, widget)
    assert control.label == "Models"
    assert len(control.options) == count
    assert app.json[0].value == '["model_1", "model_3"]'
    control.set_value(["model_2", "model_0"]).run()
    assert app.json[0].value == '["model_0", "model_2"]'
