"""A small dataset, and a folder for the models of each test."""

from pathlib import Path

import pytest

from tests.models.added import streets


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return streets.make(tmp_path_factory.mktemp("data"))


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for the models of this test, which does not exist yet."""
    folder = tmp_path / "models"
    monkeypatch.setenv("SEGDECK_RUNS", str(folder))
    return folder
