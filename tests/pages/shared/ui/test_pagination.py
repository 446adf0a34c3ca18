"""The buttons that turn the pages of a long list."""

from streamlit.testing.v1 import AppTest


def page(count):
    import streamlit as st

    from pages.shared.ui.pagination import pagination

    st.json(list(pagination(range(count), 4, f"{count} pictures", "buttons")))


def page_kept_by_the_caller(count):
    import streamlit as st

    from pages.shared.ui.pagination import pagination

    st.session_state.setdefault("page", 2)

    def turn(number):
        st.session_state["page"] = number

    st.json(list(pagination(range(count), 4, f"{count} pictures", "buttons", st.session_state["page"], turn)))


def run(script, count):
    app = AppTest.from_function(script, args=(count,)).run()
    assert not app.exception
    return app


def test_the_buttons_keep_the_page():
    app = run(page, 10)
    assert (app.json[0].value, app.caption[0].value) == ("[0, 1, 2, 3]", "1 to 4 of 10 pictures")
    app.pagination[0].set_value(3).run()
    assert (app.json[0].value, app.caption[0].value) == ("[8, 9]", "9 to 10 of 10 pictures")


def test_what_fits_on_one_page_has_no_buttons():
    app = run(page, 4)
    assert (app.json[0].value, app.caption[0].value) == ("[0, 1, 2, 3]", "1 to 4 of 4 pictures")
    assert not app.pagination
    assert len(run(page, 5).pagination) == 1


def test_the_caller_keeps_the_page_and_is_called_on_a_turn():
    app = run(page_kept_by_the_caller, 10)
    assert app.json[0].value == "[4, 5, 6, 7]"
    app.pagination[0].set_value(1).run()
    assert (app.json[0].value, app.session_state["page"]) == ("[0, 1, 2, 3]", 1)
    app.session_state["page"] = 3  # as by a link
    app.run()
    assert (app.json[0].value, app.pagination[0].value) == ("[8, 9]", 3)
