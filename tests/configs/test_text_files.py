import pytest

from configs import text_files
from configs.errors import ConfigError
from tests.facts import mentions


def test_a_text_up_to_the_limit_is_read(tmp_path):
    file = tmp_path / "file.yaml"
    file.write_text("käse", encoding="utf-8")
    assert text_files.read(file, "a config", 5) == "käse"
    with pytest.raises(ConfigError) as error:
        text_files.read(file, "a config", 4)
    assert mentions(str(error.value), str(file), "5 bytes", "a config", "4")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "UTF-8"),
    ],
)
def test_what_is_no_text_is_named(tmp_path, make, reason):
    make(tmp_path / "thing")
    with pytest.raises(ConfigError) as error:
        text_files.read(tmp_path / "thing", "a config", 10_000)
    assert mentions(str(error.value), str(tmp_path / "thing"), "a config", reason)
    assert "\n" not in str(error.value)
