"""Contract tests of every architecture and config."""

import ast
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from configs import schema
from configs.errors import ConfigError
from models import architectures
from tests.facts import facts
from tests.models.architectures.networks import CONFIGS, build, classes

SOURCES = [path for path in Path(architectures.__file__).parent.glob("*.py") if path.stem != "__init__"]
PARAMETERS = {
    "pets_unet": 2_158_739,
    "pets_unet_wide": 8_639_811,
    "camvid_unet": 34_514_060,
    "voc_mobilenetv2_pix2pix": 6_531_606,
}
"""Exact numbers of parameters, batch statistics included; the void class of a dataset counts as a class."""


def smaller(name: str) -> str:
    """Return the override that makes a config's image as small as its network and the schema allow, and not square."""
    experiment = schema.load(CONFIGS[name])
    architecture, options = architectures.check(experiment)
    stride = architecture.output_stride(options)
    return f"data.image_size=[{stride}, {2 * stride}]"


def test_every_architecture_is_found_and_has_a_config():
    assert architectures.names() == tuple(sorted(path.stem for path in SOURCES))
    assert set(architectures.names()) == {schema.load(path).model.architecture for path in CONFIGS.values()}


@pytest.mark.parametrize("name", CONFIGS)
def test_it_follows_the_protocol(name):
    experiment = schema.load(CONFIGS[name])
    architecture, options = architectures.check(experiment)
    assert isinstance(architecture, architectures.Architecture)
    assert isinstance(options, architecture.Options)
    assert isinstance(architecture, architectures.PretrainedArchitecture) == (experiment.train.encoder is not None)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("name", CONFIGS)
def test_it_gives_float32_probabilities_at_its_input_size(name, policy):
    keras.config.set_dtype_policy(policy)
    experiment = schema.load(CONFIGS[name], [smaller(name)])
    model = architectures.build(experiment, classes(experiment))
    height, width = experiment.data.image_size
    assert model.input_shape == (None, height, width, 3)
    assert model.output_shape == (None, height, width, classes(experiment))
    assert {variable.dtype for variable in model.weights} == {"float32"}
    images = np.random.default_rng(0).uniform(-1, 1, (2, height, width, 3)).astype(np.float32)
    scores = model(images, training=False)
    assert scores.dtype == "float32"
    scores = keras.ops.convert_to_numpy(scores)
    assert scores.shape == (2, height, width, classes(experiment))
    assert scores.min() >= 0
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=1e-5)
    assert np.abs(scores[0] - scores[1]).max() > 0, "the output does not depend on the image"


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items(), ids=PARAMETERS.keys())
def test_the_number_of_parameters_is_exact_at_any_size(name, parameters):
    assert build(name, "train.small_start=null").count_params() == parameters
    assert build(name, "train.small_start=null", smaller(name)).count_params() == parameters


@pytest.mark.parametrize("key", ["data.image_size", "train.small_start.image_size"])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", CONFIGS)
def test_a_size_that_is_not_a_multiple_of_the_output_stride_is_refused(name, key, axis):
    experiment = schema.load(CONFIGS[name])
    architecture, options = architectures.check(experiment)
    stride = architecture.output_stride(options)
    size = [4 * stride, 4 * stride]
    size[axis] += stride // 2
    if key.startswith("train"):
        override = f"train.small_start={{part: 0.5, image_size: {size}, scale: null}}"
    else:
        override = f"data.image_size={size}"
    with pytest.raises(ConfigError, match=facts(f"{key}.{axis}", f"multiple of {stride}", f"not {size[axis]}")):
        architectures.check(schema.load(CONFIGS[name], [override]))


@pytest.mark.parametrize("name", CONFIGS)
def test_options_are_as_strict_as_the_rest_of_a_config(name):
    experiment = schema.load(CONFIGS[name])
    unknown = experiment.model_copy(update={"model": experiment.model.model_copy(update={"depth": 3})})
    with pytest.raises(ConfigError, match=r"model\.depth: unknown key; .*: \w+") as error:
        architectures.check(unknown)
    allowed = str(error.value).rpartition(": ")[2].split(", ")
    assert set(allowed) == set(architectures.check(experiment)[0].Options.model_fields)
    content = experiment.model.model_dump()
    for option in experiment.model.options:
        others = {key: value for key, value in content.items() if key != option}
        with pytest.raises(ConfigError, match=rf"model\.{option}: missing key"):
            architectures.check(experiment.model_copy(update={"model": schema.Model(**others)}))


@pytest.mark.parametrize(
    ("name", "override", "path"),
    [
        ("pets_unet", "model.filters=[16]", "model.filters"),
        ("pets_unet", "model.filters=[16, 0]", "model.filters.1"),
        ("pets_unet", "model.dropout=1.0", "model.dropout"),
        ("pets_unet", "model.dropout=high", "model.dropout"),
        ("pets_unet", "model.dropout_at=everywhere", "model.dropout_at"),
        ("pets_unet", "model.initializer=zeros", "model.initializer"),
        ("voc_mobilenetv2_pix2pix", "model.upsampling_filters=[8, 8, 8]", "model.upsampling_filters"),
        ("voc_mobilenetv2_pix2pix", "model.dropout=-0.1", "model.dropout"),
    ],
)
def test_an_impossible_option_is_refused_with_its_path(name, override, path):
    with pytest.raises(ConfigError, match=rf": {path}: "):
        architectures.check(schema.load(CONFIGS[name], [override]))


def test_an_unknown_architecture_is_refused_and_the_known_ones_are_listed():
    experiment = schema.load(CONFIGS["pets_unet"], ["model.architecture=vnet"])
    with pytest.raises(ConfigError, match=facts("model.architecture", *architectures.names(), "'vnet'")):
        architectures.check(experiment)


@pytest.mark.parametrize("name", CONFIGS)
def test_train_encoder_is_set_only_for_pretrained_architectures(name):
    experiment = schema.load(CONFIGS[name])
    has_one = experiment.train.encoder is not None
    other = "null" if has_one else "{frozen_epochs: 1, learning_rate_factor: 0.1}"
    wanted = "say how" if has_one else "be null"
    with pytest.raises(ConfigError, match=rf"train\.encoder: must {wanted}.* {experiment.model.architecture} "):
        architectures.check(schema.load(CONFIGS[name], [f"train.encoder={other}"]))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_an_architecture_imports_no_backend(path):
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").partition(".")[0])
    assert modules - sys.stdlib_module_names <= {"configs", "keras", "pydantic"}
