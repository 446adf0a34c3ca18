"""Where the U-Net has dropout, and its extra convolution."""

import pytest

from tests.models.architectures.networks import build, dropouts, sources_of


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
