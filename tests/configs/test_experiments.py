"""The contract of every config in configs/."""

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


def test_the_name_equals_the_file_name(path):
    assert schema.load(path).name == path.stem


def test_a_dump_round_trips(path):
    experiment = schema.load(path)
    assert schema.parse(schema.dump(experiment), path.name) == experiment


@pytest.mark.parametrize("quick", [False, True])
def test_the_architecture_accepts_the_config(path, quick):
    architectures.check(schema.load(path, quick=quick))


def test_the_dataset_has_the_evaluated_split_and_classes(path):
    experiment = schema.load(path)
    label_space = datasets.get(experiment.data.dataset).label_space
    for names in experiment.evaluate.subsets.values():
        ids = [label_space.id_of(name) for name in names]
        assert set(ids) <= set(label_space.scored)
        assert len(set(ids)) == len(ids)


def test_the_header_says_how_the_config_was_made(path):
    head = re.match(r"(#.*\n)+", path.read_text())
    assert head, "a config starts with a comment: the paper, the command, the hardware, the time and the result"
    assert f"python -m train configs/{path.name}" in head[0]
    assert re.search(r"https?://\S+", head[0])


def test_the_number_of_classes_is_not_stated(path):
    assert not re.search(r"^\s*(num_)?classes:", path.read_text(), flags=re.MULTILINE)
