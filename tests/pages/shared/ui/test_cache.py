"""Peeking into Streamlit's caches."""

import threading

import pytest
import streamlit as st

from pages.shared.ui.cache import peekable

CALLS: list[tuple[str, object]] = []


@pytest.fixture(autouse=True)
def empty_caches():
    st.cache_data.clear()
    st.cache_resource.clear()
    CALLS.clear()


@peekable(st.cache_data(show_spinner=False))
def squares(number: int, _note: str = "") -> list[int]:
    CALLS.append(("squares", number))
    return [number * number]


@peekable(st.cache_data(show_spinner=False))
def cubes(number: int, _note: str = "") -> list[int]:
    CALLS.append(("cubes", number))
    return [number**3]


@peekable(st.cache_resource(show_spinner=False))
def resource(name: str, _note: str = "") -> list[str]:
    CALLS.append(("resource", name))
    return [name]


@peekable(st.cache_data(max_entries=1, show_spinner=False))
def nested(number: int) -> int:
    if number < 0:
        raise ValueError(number)
    return squares(number)[0] + 1


@pytest.mark.parametrize(("function", "argument", "value"), [(squares, 3, [9]), (resource, "a", ["a"])])
def test_peek_returns_only_what_was_computed(function, argument, value):
    assert function.peek(argument) is None
    assert function.peek(argument) is None
    assert CALLS == []
    assert function(argument) == value
    assert function.peek(argument) == function(argument) == value
    assert len(CALLS) == 1


def test_data_is_copied_and_a_resource_is_shared():
    assert squares(2) is not squares.peek(2)
    assert resource("a") is resource.peek("a")


def test_arguments_with_an_underscore_are_not_part_of_the_key():
    squares(2, "one note")
    assert squares.peek(2, "another note") == [4]
    assert squares.peek(3, "one note") is None


def test_each_function_has_its_own_cache():
    squares(2)
    assert cubes.peek(2) is None
    assert cubes(2) == [8]
    assert squares.peek(2) == [4]


def test_a_peek_elsewhere_does_not_stop_a_computation():
    """A page peeks while the threads of earlier steps compute."""
    results: list[int] = []
    assert nested.peek(2) is None
    thread = threading.Thread(target=lambda: results.append(nested(2)))
    thread.start()
    thread.join()
    assert results == [5]
    assert nested.peek(2) == 5
    assert nested.peek(3) is None
    assert nested(3) == 10, "peeking has ended"


def test_an_error_is_raised_and_not_cached():
    for _ in range(2):
        with pytest.raises(ValueError, match="-1"):
            nested(-1)
    assert nested.peek(-1) is None


def test_bounds_of_the_cache_hold():
    nested(1)
    nested(2)
    assert (nested.peek(1), nested.peek(2)) == (None, 5)
