from pathlib import Path

import pytest
import yaml

from configs import schema
from pages.models import recipe

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
