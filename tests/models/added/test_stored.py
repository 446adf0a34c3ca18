"""The description of stored predictions: what is written, and what is refused."""

import pytest
import yaml

from configs.errors import ConfigError
from models.added import stored
from models.added.stored import StoredPredictions
from models.runs import registry
from tests.facts import facts, mentions

CONTENT = {
    "dataset": "camvid",
    "split": "val",
    "source": "/tmp/predictions",
    "reading": "class ids",
    "pictures": 3,
    "has_confidence": False,
    "smallest_object": 0.0005,
}
DELETE = object()


def written(folder, **changes):
    folder.mkdir(exist_ok=True)
    content = {key: value for key, value in (CONTENT | changes).items() if value is not DELETE}
    (folder / stored.FILE).write_text(yaml.safe_dump(content))
    return StoredPredictions(folder)


def test_a_description_is_read_as_it_was_written(tmp_path):
    described = written(tmp_path).description
    (tmp_path / stored.FILE).write_text(stored.dump(described))
    assert StoredPredictions(tmp_path).description == described


@pytest.mark.parametrize("key", CONTENT)
def test_a_missing_key_is_named(tmp_path, key):
    with pytest.raises(ConfigError, match=facts(key, "missing")):
        _ = written(tmp_path, **{key: DELETE}).description


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"other": 1}, ("other", "unknown")),
        ({"pictures": 0}, ("pictures",)),
        ({"pictures": "three"}, ("pictures", "three")),
        ({"has_confidence": 1}, ("has_confidence",)),
        ({"dataset": "nothing"}, ("nothing", "camvid")),
    ],
)
def test_a_wrong_value_is_a_fault_that_hides_no_other_model(tmp_path, monkeypatch, changes, told):
    monkeypatch.setenv("SEGDECK_RUNS", str(tmp_path))
    written(tmp_path / "bad", **changes)
    good = written(tmp_path / "good")
    ((path, reason),) = registry.invalid_models()
    assert path == tmp_path / "bad"
    assert mentions(reason, *told)
    assert good in registry.models()


@pytest.mark.parametrize("text", ["", "[1, 2]", "a: [", b"\xff\xfe"])
def test_what_is_no_description_is_a_fault(tmp_path, text):
    (tmp_path / stored.FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert mentions(StoredPredictions(tmp_path).fault() or "", tmp_path / stored.FILE)
