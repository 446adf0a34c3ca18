"""Strict YAML loading."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from configs.errors import ConfigError
from configs.yaml_loader import MAX_CHARACTERS, dump_yaml, load_yaml
from tests.facts import mentions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-3", 0.001),
        ("-2.5E+4", -25000.0),
        (".5e1", 5.0),
        ("1.0", 1.0),
        ("3", 3),
        ("1e", "1e"),
        ("e3", "e3"),
        ("1e-3x", "1e-3x"),
        ("'1e-3'", "1e-3"),
        ("null", None),
        ("[1, 2e0]", [1, 2.0]),
        ("{a: 1, b: {a: 2}}", {"a": 1, "b": {"a": 2}}),
        ("", None),
    ],
)
def test_values(text, expected):
    found = load_yaml(text, "x")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3", ["'a'", "twice"]),
        ("a: {b: 1, b: 1}", ["'b'", "twice"]),
        ("? [1, 2]\n: 3", ["key", "word"]),
        ("a: [1, 2", ["line 1", "','", "']'", "end of the file"]),
        ("a: 1\nb: [\n\tc]", ["line 3", "'\\t'"]),
        ("a: b: c", ["line 1", "mapping"]),
        ("!!python/object/apply:os.getcwd []", ["constructor", "os.getcwd"]),
        ("a: *nowhere", ["alias", "nowhere"]),
        ("[" * 5000, ["too deeply"]),
        ("a: \x00", ["U+0000"]),
        ("a: 2025-99-99", []),
    ],
)
def test_invalid_yaml_is_rejected(text, expected):
    with pytest.raises(ConfigError) as error:
        load_yaml(text, "x.yaml")
    assert str(error.value).startswith("x.yaml: is not valid YAML")
    assert mentions(str(error.value), *expected)
    assert "\n" not in str(error.value)
    assert "unicode string" not in str(error.value), "the parser's name for the text"


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
@example({"7e3": "1E5"})  # PyYAML writes both without quotes, and YAML 1.2 reads such text as numbers
def test_what_is_written_is_read_back(content):
    assert load_yaml(dump_yaml(content), "x") == content


@given(st.text())
def test_any_text_is_read_or_rejected(text):
    try:
        load_yaml(text, "x")
    except ConfigError as error:
        assert "\n" not in str(error)


def nested_aliases(levels: int) -> str:
    """Return a short text in which each line stands for nine times the one before."""
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels + 1)]
    return "\n".join(lines)


def test_aliases_stand_for_what_they_name():
    assert load_yaml("a: &a {b: 1}\nc: [*a, *a]", "x")["c"] == [{"b": 1}, {"b": 1}]
    assert len(load_yaml(nested_aliases(4), "x")["a4"]) == 9


@pytest.mark.parametrize("text", [nested_aliases(6), nested_aliases(60), "a: &a [*a]", "a: &a {b: *a}"])
def test_aliases_that_stand_for_too_much_are_rejected(text):
    with pytest.raises(ConfigError, match=r"x\.yaml: .*aliases") as error:
        load_yaml(text, "x.yaml")
    assert "\n" not in str(error.value)


def test_a_text_that_would_take_minutes_is_rejected_unread():
    with pytest.raises(ConfigError, match=f"{MAX_CHARACTERS + 1:,} characters"):
        load_yaml("#" * (MAX_CHARACTERS + 1), "x.yaml")
    assert load_yaml("#" * MAX_CHARACTERS, "x.yaml") is None
