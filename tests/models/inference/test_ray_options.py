import argparse
import sys

import pytest

from configs import installed
from configs.command_line import ArgumentParser
from configs.errors import UserError
from models.inference import ray_options
from models.inference.ray_options import RayOptions
from tests.facts import facts


def parsed(*arguments: str) -> argparse.Namespace:
    parser = ArgumentParser()
    ray_options.add(parser)
    return parser.parse_args(arguments)


def test_nothing_runs_on_ray_unless_asked_for():
    assert ray_options.options_of(parsed()) is None


def test_without_ray_the_requirements_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=facts("--ray", "requirements-scale.txt")):
        ray_options.options_of(parsed("--ray"))


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["--ray"], RayOptions("local")),
        (["--ray", "10.0.0.1:6379", "--ray-workers", "4"], RayOptions("10.0.0.1:6379", 4)),
    ],
)
def test_an_address_is_a_cluster_and_none_this_computer(monkeypatch, arguments, options):
    monkeypatch.setattr(installed, "is_installed", lambda _: True)
    assert ray_options.options_of(parsed(*arguments)) == options


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(["--ray-workers", "2"], ["--ray"]), (["--ray", "--ray-workers", "0"], ["--ray-workers", "0"])],
)
def test_a_mistake_is_named(arguments, named):
    with pytest.raises(UserError, match=facts(*named)):
        ray_options.options_of(parsed(*arguments))
