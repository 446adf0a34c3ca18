"""What every config in configs/ must be, a new one included."""

import re
from pathlib import Path

import pytest

from configs import schema
from data import datasets
from models import architectures

FILES = sorted(Path(schema.__file__).parent.glob("*.yaml"))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


def test_there_is_one_config_per_network():
    assert {path.stem for path in FILES} >= {
        "pets_unet",
        "pets_unet_wide",
        "camvid_unet",
        "voc_mobilenetv2_pix2pix",
        "grocery_unet",
    }


def test_it_is_named_like_its_file(path):
    assert schema.load(path).name == path.stem


def test_it_is_read_back_from_its_own_dump(path):
    experiment = schema.load(path)
    assert schema.parse(schema.dump(experiment), path.name) == experiment


@pytest.mark.parametrize("quick", [False, True])
def test_its_network_accepts_it(path, quick):
    architectures.check(schema.load(path, quick=quick))


def test_its_dataset_has_what_it_evaluates(path):
    experiment = schema.load(path)
    label_space = datasets.get(experiment.data.dataset).label_space
    for names in experiment.evaluate.subsets.values():
        ids = [label_space.id_of(name) for name in names]
        assert set(ids) <= set(label_space.scored)
        assert len(set(ids)) == len(ids)


def test_its_head_says_how_it_was_made(path):
    head = re.match(r"(#.*\n)+", path.read_text())
    assert head, "a config starts with a comment: the paper, the command, the hardware, the time and the result"
    assert f"python -m train configs/{path.name}" in head[0]
    assert re.search(r"https?://\S+", head[0])


def test_it_states_no_number_of_classes(path):
    assert not re.search(r"^\s*(num_)?classes:", path.read_text(), flags=re.MULTILINE)
