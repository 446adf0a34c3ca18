"""Contract tests of every architecture and config, and the properties of the two architectures."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from configs import schema
from configs.errors import ConfigError, UserError
from configs.schema import Experiment
from data import datasets, samples
from models import architectures
from models.architectures import mobilenetv2_pix2pix
from tests.facts import facts, mentions

CONFIGS = {path.stem: path for path in sorted(Path(schema.__file__).parent.glob("*.yaml"))}
SOURCES = [path for path in Path(architectures.__file__).parent.glob("*.py") if path.stem != "__init__"]
PARAMETERS = {
    "pets_unet": 2_158_739,
    "pets_unet_wide": 8_639_811,
    "camvid_unet": 34_514_060,
    "voc_mobilenetv2_pix2pix": 6_531_606,
}
"""Exact numbers of parameters, batch statistics included; the void class of a dataset counts as a class."""


@pytest.fixture(autouse=True)
def clean_keras() -> Iterator[None]:
    """Leave Keras's dtype policy as it was."""
    yield
    keras.config.set_dtype_policy("float32")


def classes(experiment: Experiment) -> int:
    return len(datasets.get(experiment.data.dataset).label_space)


def build(name: str, *overrides: str) -> keras.Model:
    experiment = schema.load(CONFIGS[name], overrides)
    return architectures.build(experiment, classes(experiment))


def smaller(name: str) -> str:
    """Return the override that makes a config's image as small as its network and the schema allow, and not square."""
    experiment = schema.load(CONFIGS[name])
    architecture, options = architectures.check(experiment)
    stride = architecture.output_stride(options)
    return f"data.image_size=[{stride}, {2 * stride}]"


def dropouts(model: keras.Model) -> list[str]:
    return [layer.name for layer in model.layers if isinstance(layer, keras.layers.Dropout)]


def sources_of(model: keras.Model, name: str) -> list[str]:
    """Return the names of the layers whose output a layer takes."""
    return [tensor._keras_history.operation.name for tensor in model.get_layer(name)._inbound_nodes[0].input_tensors]


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


def test_the_unet_has_dropout_after_each_pool_and_each_concatenation():
    model = build("camvid_unet", "model.filters=[2, 2, 2, 2, 2]")
    places = {name: sources_of(model, name) for name in dropouts(model)}
    assert places == {f"down{level}_dropout": [f"down{level}_pool"] for level in range(1, 5)} | {
        f"up{level}_dropout": [f"up{level}_concat"] for level in range(4)
    }
    assert {model.get_layer(name).rate for name in places} == {0.3}


def test_the_wide_unet_has_dropout_only_in_its_two_deepest_levels():
    model = build("pets_unet_wide", "model.filters=[2, 2, 2, 2, 2]")
    places = {name: sources_of(model, name) for name in dropouts(model)}
    assert places == {f"down{level}_deep_dropout": [f"down{level}_conv2"] for level in (3, 4)}
    assert sources_of(model, "down4_pool") == ["down3_deep_dropout"]
    assert sources_of(model, "up3_concat") == ["up3_transpose", "down3_deep_dropout"]


@pytest.mark.parametrize("place", ["pools_and_concatenations", "two_deepest_levels"])
def test_a_unet_without_dropout_has_no_such_layer(place):
    assert not dropouts(build("pets_unet", "model.filters=[2, 2]", "model.dropout=0.0", f"model.dropout_at={place}"))


def test_the_extra_convolution_comes_right_before_the_head():
    model = build("pets_unet_wide", "model.filters=[2, 2, 2, 2, 2]")
    head = model.get_layer("head_conv")
    assert (head.filters, head.kernel_size) == (32, (3, 3))
    assert sources_of(model, "logits") == ["head_conv"]
    assert model.get_layer("logits").kernel_size == (1, 1)
    with pytest.raises(ValueError, match="head_conv"):
        build("pets_unet", "model.filters=[2, 2]").get_layer("head_conv")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_an_architecture_imports_no_backend(path):
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").partition(".")[0])
    assert modules - sys.stdlib_module_names <= {"configs", "keras", "pydantic"}


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_the_mobilenetv2_decoder_has_dropout_after_its_two_deepest_blocks(dropout):
    model = build("voc_mobilenetv2_pix2pix", "data.image_size=[32, 32]", f"model.dropout={dropout}")
    assert dropouts(model) == (["up0_dropout", "up1_dropout"] if dropout else [])


def test_the_encoder_loads_weights_from_a_file(shared_weights):
    model = build("voc_mobilenetv2_pix2pix", "data.image_size=[64, 96]")
    encoder = model.get_layer(mobilenetv2_pix2pix.ENCODER)
    before = encoder.get_weights()
    decoder = model.get_layer("up0_transpose").get_weights()[0]
    mobilenetv2_pix2pix.load_encoder(model, shared_weights)
    assert all((old != new).any() for old, new in zip(before, encoder.get_weights(), strict=True) if old.ndim == 4)
    np.testing.assert_array_equal(model.get_layer("up0_transpose").get_weights()[0], decoder)

    full = keras.applications.MobileNetV2(input_shape=(64, 96, 3), include_top=False, weights=None)
    full.load_weights(shared_weights)
    names = ["block_1_expand_relu", "block_3_expand_relu", "block_6_expand_relu", "block_13_expand_relu"]
    reference = keras.Model(full.inputs, [full.get_layer(name).output for name in [*names, "block_16_project"]])
    image = samples.get("chelsea").load()[:64, :96][None].astype(np.float32) / 127.5 - 1
    for ours, theirs in zip(encoder([image]), reference([image]), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
        assert np.std(ours) > 0


def test_training_keeps_the_batch_norm_statistics_of_the_encoder():
    model = build("voc_mobilenetv2_pix2pix", "data.image_size=[32, 32]")
    norms = [
        layer for layer in model.get_layer(mobilenetv2_pix2pix.ENCODER).layers if "BatchNorm" in type(layer).__name__
    ]
    before = [[np.array(value) for value in norm.get_weights()] for norm in norms]
    own = model.get_layer("up0_norm").get_weights()
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy")
    model.train_on_batch(np.random.default_rng(0).random((2, 32, 32, 3), np.float32), np.zeros((2, 32, 32), np.uint8))
    for norm, (_, offset, mean, variance) in zip(norms, before, strict=True):
        _, new_offset, new_mean, new_variance = norm.get_weights()
        np.testing.assert_array_equal(new_mean, mean, err_msg=norm.name)
        np.testing.assert_array_equal(new_variance, variance, err_msg=norm.name)
        assert (new_offset != offset).any(), f"the offset of {norm.name} was not trained"
    assert all(
        (old != new).any() for old, new in zip(own[2:], model.get_layer("up0_norm").get_weights()[2:], strict=True)
    )


def test_the_decoder_uses_the_encoder_output_at_every_resolution():
    model = build("voc_mobilenetv2_pix2pix", "data.image_size=[64, 96]")
    shapes = [model.get_layer(f"up{index}_concat").output.shape for index in range(4)]
    assert shapes == [
        (None, 4, 6, 512 + 576),
        (None, 8, 12, 256 + 192),
        (None, 16, 24, 128 + 144),
        (None, 32, 48, 64 + 96),
    ]


@pytest.mark.parametrize("content", [b"", b"no weights", None], ids=["empty", "text", "another network's"])
def test_a_file_without_the_encoder_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "encoder.weights.h5"
    if content is None:
        build("pets_unet", "model.filters=[2, 2]").save_weights(path)
    else:
        path.write_bytes(content)
    model = build("voc_mobilenetv2_pix2pix", "data.image_size=[32, 32]")
    before = model.get_weights()
    with pytest.raises(UserError) as error:
        mobilenetv2_pix2pix.load_encoder(model, path)
    assert mentions(str(error.value), path, "MobileNetV2", "--encoder-weights")
    assert "\n" not in str(error.value)
    assert all((old == new).all() for old, new in zip(before, model.get_weights(), strict=True))
