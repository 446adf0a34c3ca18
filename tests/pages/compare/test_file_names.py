"""The names of the zip and of its folders."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.compare import file_names
from pages.shared.content.images import Picture


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat.jpg", "segdeck_cat.zip"),
        ("my.cat.v2.JPEG", "segdeck_my.cat.v2.zip"),
        ("A cat, asleep", "segdeck_A_cat_asleep.zip"),
        ("St. Mary", "segdeck_St._Mary.zip"),
        ("../../etc/passwd", "segdeck_etc_passwd.zip"),
        ("C:\\temp\\x.png", "segdeck_C_temp_x.zip"),
        ("\u202egpj.exe", "segdeck_gpj.exe.zip"),
        ("...", "segdeck_unnamed.zip"),
        ("Möwe.png", "segdeck_Möwe.zip"),
        ("x" * 300, f"segdeck_{'x' * 60}.zip"),
    ],
)
def test_the_name_of_the_zip(name, expected):
    assert file_names.archive_name(Picture("0", name, "")) == expected


@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=80), max_size=5))
def test_every_name_is_safe_and_no_two_are_the_same(texts):
    names = file_names.file_names([*texts, "con", "CON"])
    assert len({name.casefold() for name in names}) == len(texts) + 2
    for name in names:
        assert name not in {"", ".", ".."}
        assert not set(name) & set('/\\:*?"<>|')
        assert not name.endswith(".")
        assert len(name.encode()) <= 255
        assert not any(unicodedata.category(character).startswith("C") for character in name)


def test_no_folder_is_called_like_a_file_beside_it():
    assert file_names.file_names(["Shares.csv", "unet"], ["shares.csv"]) == ["Shares.csv_2", "unet"]
