"""Export networks with the programs that people use, and predict a picture with each program's own pipeline.

python tests/exporters/export.py PICTURE.npy FOLDER NAME...

Run by a Python that has these programs (``requirements-exporters.txt``), so nothing of SegDeck is imported. Every
export gets a folder ``FOLDER/NAME`` with its files and, unless SegDeck must refuse it, ``labels.npy``, the label map
``(H, W)`` of the picture. No network is trained or downloaded: random ones are ``settled``, so that they find every
class somewhere.
"""

# mypy: disable-error-code="import-not-found"

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# Ultralytics neither installs packages nor asks the network.
os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false")

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIZE = (320, 480)
"""Height and width of most inputs. The picture is smaller: programs differ in how they shrink pictures."""

EXPORTS: dict[str, Callable[[Any], Any]] = {}
"""Writes an export into the current folder, given the picture ``(H, W, 3)``; returns the label map or None."""


def export(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """List a function in ``EXPORTS`` under its name."""
    EXPORTS[write.__name__] = write
    return write


def declare_torchvision_operators() -> None:
    """Declare the compiled operators of a torchvision that was built for another torch: no network here uses them."""
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for _ in range(50):
        try:
            import torchvision  # noqa: F401
        except RuntimeError as error:
            missing = re.search(r"torchvision::(\w+)", str(error))
            if missing is None:
                raise
            for name in [name for name in sys.modules if name.startswith("torchvision")]:
                del sys.modules[name]
            library.define(f"{missing[1]}(Tensor a, Tensor b, float c) -> Tensor")
        else:
            declare_torchvision_operators.library = library  # type: ignore[attr-defined]  # declared as long as it lives
            return


def settled(network: Any, batch: Any, head: Any) -> Any:
    """Give a random network the statistics of a picture and a head that prefers no class; return it for evaluation.

    Args:
        network: A module of torch.
        batch: A picture ``(1, 3, H, W)`` as the network takes it.
        head: Its last convolution.
    """
    import torch

    norms = [one for one in network.modules() if isinstance(one, torch.nn.BatchNorm2d)]
    usual = [one.momentum for one in norms]
    for one in norms:
        one.momentum = 1.0
    scores: list[Any] = []
    with torch.no_grad():
        network.train()(torch.cat([batch, batch.flip(-1)]))
        for one, momentum in zip(norms, usual, strict=True):
            one.momentum = momentum
        hook = head.register_forward_hook(lambda _module, _inputs, output: scores.append(output))
        network.eval()(batch)
        hook.remove()
        head.bias -= scores[0].mean((0, 2, 3))
    return network


def torch_batch(picture: Any, size: tuple[int, int] = SIZE) -> Any:
    """Return a picture as a batch ``(1, 3, h, w)``, as torchvision's recipes do: resized by Pillow, normalised."""
    import torch
    from PIL import Image

    resized = Image.fromarray(picture).resize(size[::-1], Image.Resampling.BILINEAR)
    pixels = (np.asarray(resized, np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())


def torch_labels(scores: Any, picture: Any) -> Any:
    """Return the label map of scores ``(1, C, h, w)``, resized to the picture before the class is chosen."""
    import torch

    return torch.nn.functional.interpolate(scores, picture.shape[:2], mode="bilinear").argmax(1)[0].numpy()


def torch_unet(classes: int = 4, dropout: float = 0.0) -> Any:
    """Return a small U-Net with batch normalisation and transposed convolutions."""
    import torch
    from torch import nn

    def block(channels: int, width: int) -> Any:
        return nn.Sequential(nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second, self.third = block(3, 8), block(8, 16), block(16, 32)
            self.up_second, self.up_first = nn.ConvTranspose2d(32, 16, 2, 2), nn.ConvTranspose2d(16, 8, 2, 2)
            self.join_second, self.join_first = block(32, 16), block(16, 8)
            self.dropout, self.pool = nn.Dropout(dropout), nn.MaxPool2d(2)
            self.head = nn.Conv2d(8, classes, 1)

        def forward(self, image: Any) -> Any:
            first = self.first(image)
            second = self.second(self.pool(first))
            third = self.dropout(self.third(self.pool(second)))
            second = self.join_second(torch.cat([second, self.up_second(third)], 1))
            return self.head(self.join_first(torch.cat([first, self.up_first(second)], 1)))

    torch.manual_seed(3)
    return UNet()


def write_unet(picture: Any, **options: Any) -> Any:
    """Export the U-Net with some options of torch."""
    import torch

    batch = torch_batch(picture)
    network = torch_unet()
    settled(network, batch, network.head)
    torch.onnx.export(network, (batch,), "model.onnx", **options)
    with torch.no_grad():
        return torch_labels(network(batch), picture)


@export
def unet(picture: Any) -> Any:
    """Write what torch writes by default: the network and, in another file, its weights."""
    return write_unet(picture)


@export
def unet_in_one_file(picture: Any) -> Any:
    """Write network and weights in one file."""
    return write_unet(picture, external_data=False)


@export
def unet_of_any_size(picture: Any) -> Any:
    """Leave number, height and width of the pictures open."""
    return write_unet(picture, dynamic_shapes=({0: "batch", 2: "height", 3: "width"},), external_data=False)


@export
def unet_of_the_old_exporter(picture: Any) -> Any:
    """Use the exporter that torch had before."""
    axes = {"image": {0: "batch"}, "scores": {0: "batch"}}
    return write_unet(picture, dynamo=False, input_names=["image"], output_names=["scores"], dynamic_axes=axes)


@export
def unet_in_training_mode(picture: Any) -> None:
    """Forget ``.eval()``, so that the dropout stays in."""
    import torch

    torch.onnx.export(torch_unet(dropout=0.5).train(), (torch_batch(picture),), "model.onnx", external_data=False)


@export
def checkpoint(_picture: Any) -> None:
    """Save the weights as torch does, in a pickle."""
    import torch

    torch.save(torch_unet().state_dict(), "model.pt")


@export
def deeplab(picture: Any) -> Any:
    """Write torchvision's DeepLabV3 with its auxiliary head: two outputs of the same shape."""
    declare_torchvision_operators()
    import torch
    from torchvision.models.segmentation import deeplabv3_mobilenet_v3_large

    torch.manual_seed(3)
    network = deeplabv3_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=6, aux_loss=True)
    batch = torch_batch(picture, (520, 520))
    settled(network, batch, network.classifier[-1])
    torch.onnx.export(network, (batch,), "model.onnx")
    with torch.no_grad():
        return torch_labels(network(batch)["out"], picture)


def export_transformer(network: Any, outputs: tuple[str, ...], batch: Any) -> None:
    """Write a network of transformers with only these outputs, and its ``config.json``."""
    import torch

    class Plain(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixel_values: Any) -> Any:
            found = self.network(pixel_values)
            return tuple(found[name] for name in outputs) if len(outputs) > 1 else found[outputs[0]]

    torch.onnx.export(Plain().eval(), (batch,), "model.onnx", dynamo=len(outputs) == 1)
    network.config.save_pretrained(".")


@export
def segformer(picture: Any) -> Any:
    """Write a SegFormer of random weights with the two files of Hugging Face that say how it is used."""
    declare_torchvision_operators()
    import torch
    from transformers import SegformerConfig, SegformerForSemanticSegmentation, SegformerImageProcessor

    torch.manual_seed(3)
    names = {0: "sky", 1: "tree", 2: "road", 3: "car", 4: "person"}
    config = SegformerConfig(depths=[1, 1, 1, 1], id2label=names, label2id={name: key for key, name in names.items()})
    network = SegformerForSemanticSegmentation(config)
    processor = SegformerImageProcessor()
    batch = processor(picture, return_tensors="pt")["pixel_values"]
    settled(network, batch, network.decode_head.classifier)
    export_transformer(network, ("logits",), batch)
    processor.save_pretrained(".")
    with torch.no_grad():
        found = network(batch)
    return processor.post_process_semantic_segmentation(found, target_sizes=[picture.shape[:2]])[0].numpy()


@export
def mask2former(_picture: Any) -> None:
    """Write a small Mask2Former, which answers with masks and a class for each."""
    declare_torchvision_operators()
    import torch
    from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig

    stages = ["stage1", "stage2", "stage3", "stage4"]
    backbone = SwinConfig(embed_dim=24, depths=[1, 1, 1, 1], num_heads=[1, 2, 4, 8], out_features=stages)
    small = {"feature_size": 32, "mask_feature_size": 32, "hidden_dim": 32, "dim_feedforward": 64, "num_queries": 10}
    layers = {"encoder_layers": 1, "decoder_layers": 2, "encoder_feedforward_dim": 64, "num_attention_heads": 4}
    config = Mask2FormerConfig(backbone_config=backbone, num_labels=5, **small, **layers)
    network = Mask2FormerForUniversalSegmentation(config).eval()
    outputs = ("class_queries_logits", "masks_queries_logits")
    export_transformer(network, outputs, torch.zeros(1, 3, 128, 128))


def write_ultralytics(picture: Any, kind: str, target: str = "onnx", classes: int | None = None) -> Any:
    """Export a network of Ultralytics from its YAML file, without weights; let the export predict the picture."""
    declare_torchvision_operators()
    import torch
    import ultralytics
    import yaml

    torch.manual_seed(3)
    described = next(Path(ultralytics.__file__).parent.rglob(f"{kind.replace('n', '', 1)}.yaml"))
    content = yaml.safe_load(described.read_text())
    content["nc"] = classes or content["nc"]
    Path(f"{kind}.yaml").write_text(yaml.safe_dump(content))
    model = ultralytics.YOLO(f"{kind}.yaml")
    if model.task == "semantic":
        import cv2

        shown = cv2.resize(picture, SIZE[::-1], interpolation=cv2.INTER_LINEAR)
        batch = torch.from_numpy(shown.transpose(2, 0, 1)[None].copy()).float() / 255
        settled(model.model, batch, model.model.model[-1].classifier[-1])
    written = Path(model.export(format=target, imgsz=SIZE, device="cpu"))
    if model.task != "semantic":
        written.rename("model.onnx")
        return None
    found = ultralytics.YOLO(str(written), task="semantic").predict(picture[..., ::-1], imgsz=SIZE, device="cpu")
    labels = np.asarray(found[0].semantic_mask.data).reshape(picture.shape[:2])
    if target == "onnx":
        written.rename("model.onnx")
    else:
        shutil.copytree(written, ".", dirs_exist_ok=True)
        next(Path().glob("*.xml")).rename("model.xml")
        next(Path().glob("*.bin")).rename("model.bin")
    return labels


@export
def ultralytics_semantic(picture: Any) -> Any:
    """Write Ultralytics' semantic model as ONNX: the class of every pixel, and its names in the metadata."""
    return write_ultralytics(picture, "yolo26n-sem")


@export
def ultralytics_of_one_class(picture: Any) -> Any:
    """Write a semantic model of one class, which gives 1 to its pixels and 0 to the others."""
    return write_ultralytics(picture, "yolo26n-sem", classes=1)


@export
def ultralytics_in_openvino(picture: Any) -> Any:
    """Write Ultralytics' semantic model as OpenVINO's two files and ``metadata.yaml``."""
    return write_ultralytics(picture, "yolo26n-sem", "openvino")


@export
def ultralytics_detector(picture: Any) -> Any:
    """Write a detector."""
    return write_ultralytics(picture, "yolo11n")


@export
def keras_2(picture: Any) -> Any:
    """Write an ``.h5`` of Keras 2 with a transposed convolution."""
    import tensorflow as tf
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(3)
    image = layers.Input((*SIZE, 3))
    first = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same", activation="relu")(image))
    second = layers.SeparableConv2D(16, 3, padding="same", activation="relu")(layers.MaxPooling2D()(first))
    joined = layers.Concatenate()([first, layers.Conv2DTranspose(8, 2, strides=2)(second)])
    head = layers.Conv2D(4, 1)
    network = tf_keras.Model(image, layers.Softmax()(head(joined)))
    batch = tf.image.resize(picture, SIZE)[None] / 255
    bias = -tf.reduce_mean(tf_keras.Model(image, head.output)(batch), (0, 1, 2))
    head.set_weights([head.get_weights()[0], bias])
    network.compile("adam", "sparse_categorical_crossentropy")
    network.save("model.h5")
    return tf.argmax(tf.image.resize(network(batch), picture.shape[:2])[0], -1).numpy()


def main() -> None:
    """Write the exports that the command line names."""
    picture, folder = np.load(sys.argv[1], allow_pickle=False), Path(sys.argv[2]).resolve()
    for name in sys.argv[3:]:
        (folder / name).mkdir(parents=True)
        os.chdir(folder / name)
        labels = EXPORTS[name](picture)
        if labels is not None:
            np.save("labels.npy", np.asarray(labels, np.uint8))


if __name__ == "__main__":
    main()
