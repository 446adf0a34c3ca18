"""Tables of classes from text, CSV, JSON and YAML."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import UserError
from data import class_files
from data.class_files import NamedClass
from data.formats.shared.class_tables import from_file
from tests.facts import facts

PLAIN = [NamedClass("road"), NamedClass("traffic light")]
NUMBERED = [NamedClass("road", 1), NamedClass("traffic light", 7)]
COLOURED = [NamedClass("road", None, "#804080"), NamedClass("traffic light", None, "#faaa1e")]
ROWS = [
    {"id": 1, "name": "road", "color": [128, 64, 128]},
    {"id": 7, "name": "traffic light", "color": "250, 170, 30"},
]
ALL = [NamedClass("road", 1, "#804080"), NamedClass("traffic light", 7, "#faaa1e")]
SHORT = [NamedClass("road", None, "#884433"), NamedClass("traffic light", None, "#ff0000")]
ORDERED = ("sky", "traffic light", "road")


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("names.txt", "road\n\n# a comment\ntraffic light\n", PLAIN),
        ("marked.txt", "\ufeffroad\r\ntraffic light\r\n", PLAIN),
        ("numbers.txt", "1 road\n7\ttraffic light\n", NUMBERED),
        ("colon.txt", "1: road\n7: traffic light\n", NUMBERED),
        ("labelmap.txt", "# label:color_rgb:parts:actions\nroad:128,64,128::\ntraffic light:250,170,30:a:\n", COLOURED),
        ("label_colors.txt", "128 64 128\t\troad\n250 170 30\ttraffic light\n", COLOURED),
        ("hex.txt", "road #804080\ntraffic light #FAAA1E\n", COLOURED),
        ("obj.names", "road\ntraffic light\n", PLAIN),
        ("classes.csv", "name,r,g,b\nroad,128,64,128\ntraffic light,250,170,30\n", COLOURED),
        ("semicolons.csv", "id;name;colour\n1;road;#804080\n7;traffic light;#faaa1e\n", ALL),
        ("tabs.tsv", "class name\tid\nroad\t1\n\t\ntraffic light\t7\n", NUMBERED),
        ("_classes.csv", "Pixel Value, Class\n1, road\n7, traffic light", NUMBERED),
        ("no_header.csv", "1,road\n7,traffic light\n", NUMBERED),
        ("one_column.csv", "road\ntraffic light\n", PLAIN),
        ("names.json", json.dumps(["road", "traffic light"]), PLAIN),
        ("rows.json", json.dumps(ROWS), ALL),
        ("config.json", json.dumps({"id2label": {"1": "road", "7": "traffic light"}, "hidden": 3}), NUMBERED),
        ("label2id.json", json.dumps({"road": 1, "traffic light": 7}), NUMBERED),
        ("data.yaml", "path: x\nnames:\n  1: road\n  7: traffic light\n", NUMBERED),
        ("list.yml", "- road\n- traffic light\n", PLAIN),
        ("css.csv", "name,colour\nroad,#843\ntraffic light,red", SHORT),
        ("palette.yaml", 'road: [128, 64, 128]\ntraffic light: "#faaa1e"\n', COLOURED),
    ],
)  # fmt: skip
def test_a_table_is_read(tmp_path: Path, name: str, text: str, expected: list[NamedClass]) -> None:
    assert class_files.read(write(tmp_path, name, text)) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "sky\ntraffic light\nroad\n"),
        ("a.txt", "\ufeffsky\r\ntraffic light\r\n\r\nroad"),
        ("a.txt", "2 road\n0 sky\n1 traffic light"),
        ("a.csv", "name\nsky\ntraffic light\nroad\n"),
        ("a.csv", "sky\ntraffic light\nroad\n"),
        ("a.csv", "0,sky\n1,traffic light\n2,road"),
        ("a.csv", "2,road\n0,sky\n1,traffic light"),
        ("a.csv", "id,name,colour\n0,sky,#00f\n1,traffic light,yellow\n2,road,#888"),
        ("a.csv", "Pixel Value, Class\n0, sky\n1, traffic light\n2, road"),
        ("a.json", '["sky", "traffic light", "road"]'),
        ("a.json", '{"0": "sky", "2": "road", "1": "traffic light"}'),
        ("a.json", '{"id2label": {"0": "sky", "1": "traffic light", "2": "road"}, "model_type": "segformer"}'),
        ("a.json", '{"label2id": {"sky": 0, "road": 2, "traffic light": 1}}'),
        ("a.json", '{"classes": [{"name": "sky"}, {"name": "traffic light"}, {"name": "road"}]}'),
        ("a.json", '[{"name": "road", "id": 2}, {"name": "sky", "id": 0}, {"name": "traffic light", "id": 1}]'),
        ("a.yaml", "- sky\n- traffic light\n- road\n"),
        ("a.yml", "names:\n  0: sky\n  1: traffic light\n  2: road\n"),
        ("a.yaml", "path: /data\nnames: [sky, traffic light, road]\n"),
    ],
)  # fmt: skip
def test_a_network_and_a_dataset_get_the_same_names(tmp_path: Path, name: str, text: str) -> None:
    """A network asks for names in the order of its output, a dataset for names by the numbers in its masks."""
    rows = class_files.read(write(tmp_path, name, text))
    assert class_files.in_order(rows, name) == ORDERED
    table = from_file(rows, name)
    assert [name for _, name in sorted((one.values, one.name) for one in table.classes)] == list(ORDERED)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", b"# only a comment\n", ["no classes"]),
        ("nothing.txt", b"", ["no classes"]),
        ("twice.txt", b"road\nroad\n", ["'road' twice"]),
        ("twice.csv", b"id,name\n1,road\n1,car\n", ["number 1 twice"]),
        ("many.txt", "\n".join(f"class {number}" for number in range(256)).encode(), [256, 255]),
        ("bytes.txt", b"\xff\xfe", ["UTF-8"]),
        ("table.xls", b"\xd0\xcf\x11\xe0", ["UTF-8"]),
        ("bell.txt", b"a\x07b", [r"'a\x07b'"]),
        ("long.txt", b"a" * 201, [200]),
        ("large.txt", b" " * 2_000_001, ["2,000,000"]),
        ("broken.json", b"[1, ", ["JSON"]),
        ("deep.json", b"[" * 100_000, ["JSON"]),
        ("empty.json", b"{}", ["no classes"]),
        ("word.json", b'"sky"', ["no classes"]),
        ("number.json", b"7", ["no classes"]),
        ("nested.json", b'[["road"]]', ["['road']"]),
        ("broken.yaml", b"names: [", ["YAML"]),
        ("program.yaml", b"!!python/object/apply:os.system [true]", ["YAML"]),
        ("no.yaml", b"- no\n- yes", ["False", "quotes"]),
        ("colour.csv", b"name,colour\nroad,muddy\n", ["'muddy'", "#ff8000"]),
        ("bright.csv", b"name,r,g,b\nroad,1,2,256\n", ["256"]),
        ("id.csv", b"id,name\nx,road\n", ["'x'"]),
        ("short.csv", b"id,name\n0", ["None"]),
        ("no_header.csv", b"sky,blue\nroad,grey", ["'name'", "0,road"]),
        ("some.json", b'[{"name": "road", "id": 1}, {"name": "car"}]', ["1 of its 2"]),
        ("absent.txt", None, []),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes | None, words: list[object]) -> None:
    if content is not None:
        write(tmp_path, name, content)
    with pytest.raises(UserError, match=facts(name, *words)):
        class_files.read(tmp_path / name)


@pytest.mark.parametrize("text", ["0,sky\n2,road", "1,sky\n2,road"])
def test_a_network_has_no_gaps_between_its_classes(text: str) -> None:
    rows = class_files.parse(text, ".csv", "a.csv")
    with pytest.raises(UserError, match=facts("a.csv", "id 1" if text.startswith("0") else "id 0")):
        class_files.in_order(rows, "a.csv")


words = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)


@given(st.lists(words, min_size=1, max_size=30, unique=True))
def test_json_gives_back_what_was_written(names: list[str]) -> None:
    for content in (names, {str(index): name for index, name in enumerate(names)}, {"names": names}):
        rows = class_files.parse(json.dumps(content), ".json", "a.json")
        assert class_files.in_order(rows, "a.json") == tuple(names)


@pytest.mark.parametrize(
    "text", ["id name\n0 road\n1 car\n", "id\tclass\n0\troad\n1\tcar\n", "name\nroad\ncar\n", '"road"\n"car"\n']
)
def test_a_header_and_quotes_are_no_names(tmp_path, text):
    (tmp_path / "classes.txt").write_text(text)
    assert [row.name for row in class_files.read(tmp_path / "classes.txt")] == ["road", "car"]
