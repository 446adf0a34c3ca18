"""The pretrained encoder and its decoder."""

import keras
import numpy as np
import pytest

from configs.errors import UserError
from data import samples
from models.architectures import mobilenetv2_pix2pix
from tests.facts import mentions
from tests.models.architectures.networks import build, dropouts


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
