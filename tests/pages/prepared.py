"""Fixtures with tiny prepared datasets, for the pages that show pictures of datasets."""

from pathlib import Path

import pytest

from data import store
from tests.data.conftest import make_camvid, make_pets


@pytest.fixture(scope="session")
def prepared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with tiny prepared copies of Oxford-IIIT Pet and CamVid, without VOC and groceries."""
    folder: Path = tmp_path_factory.mktemp("data")
    make_pets(folder / "oxford_iiit_pet")
    make_camvid(folder / "CamVid")
    for name in ("oxford_iiit_pet", "camvid"):
        store.open_all(name, folder)
    return folder


@pytest.fixture
def datasets_here(prepared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use ``prepared_data`` as the data folder of the test."""
    monkeypatch.setenv("SEGDECK_DATA", str(prepared_data))
    return prepared_data
