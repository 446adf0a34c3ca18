"""Class names from text, CSV, JSON and YAML."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import UserError
from models.added.class_names import read

ROAD = ("sky", "traffic light", "road")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "sky\ntraffic light\nroad\n"),
        ("a.txt", "\ufeffsky\r\ntraffic light\r\n\r\nroad"),
        ("a.csv", "name\nsky\ntraffic light\nroad\n"),
        ("a.csv", "sky\ntraffic light\nroad\n"),
        ("a.csv", "0,sky\n1,traffic light\n2,road"),
        ("a.csv", "2,road\n0,sky\n1,traffic light"),
        ("a.csv", "id,name,colour\n0,sky,#00f\n1,traffic light,#ff0\n2,road,#888"),
        ("a.csv", "Pixel Value, Class\n0, sky\n1, traffic light\n2, road"),
        ("a.json", '["sky", "traffic light", "road"]'),
        ("a.json", '{"0": "sky", "2": "road", "1": "traffic light"}'),
        ("a.json", '{"id2label": {"0": "sky", "1": "traffic light", "2": "road"}, "model_type": "segformer"}'),
        ("a.json", '{"classes": [{"name": "sky"}, {"name": "traffic light"}, {"name": "road"}]}'),
        ("a.yaml", "- sky\n- traffic light\n- road\n"),
        ("a.yml", "names:\n  0: sky\n  1: traffic light\n  2: road\n"),
        ("a.yaml", "path: /data\nnames: [sky, traffic light, road]\n"),
    ],
)
def test_names_are_read_in_the_order_of_their_ids(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert read(path) == ROAD


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.txt", b"", "no list"),
        ("a.txt", b"sky\nsky", "'sky' twice"),
        ("a.txt", b"\xff\xfe", "UTF-8"),
        ("a.txt", b"a\x07b", "a.x07b"),
        ("a.txt", b"a" * 200, "100"),
        ("a.txt", b"\n".join(b"%d" % index for index in range(256)), "256"),
        ("a.csv", b"0,sky\n2,road", "id 1"),
        ("a.csv", b"0,sky\n0,road", "0 twice"),
        ("a.csv", b"sky,blue\nroad,grey", "'name'"),
        ("a.csv", b"id,name\n0", "too short"),
        ("a.json", b"[1", "JSON"),
        ("a.json", b"[" * 100_000, "JSON"),
        ("a.json", b"{}", "no list"),
        ("a.json", b'"sky"', "no list"),
        ("a.json", b'[["sky"]]', "sky"),
        ("a.yaml", b"- no\n- yes", "quotes"),
        ("a.yaml", b"a: [", "YAML"),
        ("a.yaml", b"!!python/object/apply:os.system [true]", "YAML"),
        ("a.xls", b"x", r"\.csv"),
        ("a.txt", b" " * (2**20 + 1), str(2**20)),
    ],
)
def test_what_is_no_list_of_names_is_refused(tmp_path, name, content, word):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError, match=word):
        read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"nothing\.txt"):
        read(tmp_path / "nothing.txt")


words = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)


@given(st.lists(words, min_size=1, max_size=30, unique=True))
def test_json_gives_back_what_was_written(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("names")
    for content in (names, {str(index): name for index, name in enumerate(names)}, {"names": names}):
        (folder / "a.json").write_text(json.dumps(content))
        assert read(folder / "a.json") == tuple(names)
