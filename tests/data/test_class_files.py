import json
from pathlib import Path

import pytest

from configs.errors import UserError
from data import class_files
from data.class_files import NamedClass

PLAIN = [NamedClass("road"), NamedClass("traffic light")]
NUMBERED = [NamedClass("road", 1), NamedClass("traffic light", 7)]
COLOURED = [NamedClass("road", None, "#804080"), NamedClass("traffic light", None, "#faaa1e")]
ROWS = [
    {"id": 1, "name": "road", "color": [128, 64, 128]},
    {"id": 7, "name": "traffic light", "color": "250, 170, 30"},
]
ALL = [NamedClass("road", 1, "#804080"), NamedClass("traffic light", 7, "#faaa1e")]


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
        ("classes.csv", "name,r,g,b\nroad,128,64,128\ntraffic light,250,170,30\n", COLOURED),
        ("semicolons.csv", "id;name;colour\n1;road;#804080\n7;traffic light;#faaa1e\n", ALL),
        ("_classes.csv", "Pixel Value, Class\n1, road\n7, traffic light", NUMBERED),
        ("no_header.csv", "1,road\n7,traffic light\n", NUMBERED),
        ("names.json", json.dumps(["road", "traffic light"]), PLAIN),
        ("rows.json", json.dumps(ROWS), ALL),
        ("config.json", json.dumps({"id2label": {"1": "road", "7": "traffic light"}, "hidden": 3}), NUMBERED),
        ("label2id.json", json.dumps({"road": 1, "traffic light": 7}), NUMBERED),
        ("data.yaml", "path: x\nnames:\n  1: road\n  7: traffic light\n", NUMBERED),
        ("list.yml", "- road\n- traffic light\n", PLAIN),
        ("palette.yaml", 'road: [128, 64, 128]\ntraffic light: "#faaa1e"\n', COLOURED),
    ],
)  # fmt: skip
def test_a_table_is_read(tmp_path: Path, name: str, text: str, expected: list[NamedClass]) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert class_files.read(tmp_path / name) == expected


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", b"# only a comment\n", ["empty.txt", "names no classes"]),
        ("twice.txt", b"road\nroad\n", ["twice.txt", "'road' twice"]),
        ("twice.csv", b"id,name\n1,road\n1,car\n", ["twice.csv", "number", "1"]),
        ("many.txt", "\n".join(f"class {number}" for number in range(256)).encode(), ["256", "255"]),
        ("bytes.txt", b"\xff\xfe", ["bytes.txt", "UTF-8"]),
        ("broken.json", b"[1, ", ["broken.json", "JSON"]),
        ("deep.json", b"[" * 100_000, ["deep.json", "JSON"]),
        ("broken.yaml", b"names: [", ["broken.yaml", "YAML"]),
        ("number.json", b"7", ["number.json"]),
        ("nested.json", b'[["road"]]', ["nested.json", "['road']"]),
        ("colour.csv", b"name,colour\nroad,brown\n", ["colour.csv", "'brown'", "#ff8000"]),
        ("bright.csv", b"name,r,g,b\nroad,1,2,256\n", ["bright.csv", "256"]),
        ("id.csv", b"id,name\nx,road\n", ["id.csv", "'x'"]),
        ("some.json", b'[{"name": "road", "id": 1}, {"name": "car"}]', ["some.json", "1 of its 2"]),
        ("absent.txt", None, ["absent.txt"]),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes | None, words: list[str]) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as error:
        class_files.read(tmp_path / name)
    assert all(word in str(error.value) for word in words), error.value
