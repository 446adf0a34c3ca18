from pathlib import Path

import pytest
import yaml

from configs import schema
from models import registry
from models.runs import Run
from pages.components import recipe

CONFIGS = sorted((Path(schema.__file__).parent).glob("*.yaml"))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_the_table_has_every_value_of_the_config(config):
    table = recipe.table(schema.load(config))
    section, paths = "", []
    for row in table.itertuples():
        section = row.Section or section
        paths.append(f"{section}.{row.Setting}".removeprefix("."))

    def leaves(content, prefix=""):
        for key, value in content.items():
            if isinstance(value, dict) and value:
                yield from leaves(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}"

    assert sorted(paths) == sorted(leaves(yaml.safe_load(config.read_text())))
    values = dict(zip(paths, table["Value"], strict=True))
    assert values["data.image_size"].count(",") == 1
    assert values["data.limit"] == "–"


def test_the_commands_name_the_run_s_own_config(tmp_path):
    config = Path(schema.__file__).parent / "pets_unet.yaml"
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "config.yaml").write_text(config.read_text())
    assert recipe.commands(Run(folder, published=False)).splitlines() == [
        "python -m data.prepare oxford_iiit_pet",
        f"python -m train '{folder}/config.yaml'",
    ]
    assert recipe.shown(registry.zoo_dir() / "pets_unet") == "models/zoo/pets_unet"
