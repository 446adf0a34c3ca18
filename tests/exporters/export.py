"""Export networks with the programs that people use, and predict pictures with each program's own pipeline.

python tests/exporters/export.py FOLDER NAME...

Run by a Python that has these programs (``requirements-exporters.txt``), so nothing of SegDeck is imported. In FOLDER
lie the pictures ``(H, W, 3)``; ``fitting.npy`` has the size ``SIZE``. Every export gets a folder ``FOLDER/NAME`` with
its files and, unless SegDeck must refuse it, the label map ``(H, W)`` of each picture under the same name. No network
is trained or downloaded: ``settle`` makes random ones find every class.
"""

# mypy: disable-error-code="import-not-found"

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# Ultralytics neither installs packages nor asks the network.
os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false")

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIZE = (320, 480)
"""Height and width of the inputs."""

Predict = Callable[[Any], Any]
"""Returns the label map ``(H, W)`` of a picture ``(H, W, 3)``."""

EXPORTS: dict[str, Callable[[Any], Predict | None]] = {}
"""Writes an export into the current folder and returns how its program predicts, if it gives label maps.

The argument is a picture to settle the network on.
"""


def export(write: Callable[[Any], Predict | None]) -> Callable[[Any], Predict | None]:
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


def settle(network: Any, batch: Any, head: Any) -> None:
    """Give a random network the statistics of a picture and its negative, and a head that prefers no class.

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
        network.train()(torch.cat([batch, -batch]))
        for one, momentum in zip(norms, usual, strict=True):
            one.momentum = momentum
        hook = head.register_forward_hook(lambda _module, _inputs, output: scores.append(output))
        network.eval()(batch)
        hook.remove()
        head.bias -= scores[0].mean((0, 2, 3))


def torch_batch(picture: Any) -> Any:
    """Return a picture as a batch ``(1, 3, h, w)``, as torchvision's recipes do: resized by Pillow, normalised."""
    import torch
    from PIL import Image

    resized = Image.fromarray(picture).resize(SIZE[::-1], Image.Resampling.BILINEAR)
    pixels = (np.asarray(resized, np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy())


def torch_predict(scores: Callable[[Any], Any]) -> Predict:
    """Return how ``scores``, a network of torch, predicts: its ``(1, C, h, w)`` are resized before the choice."""
    import torch

    def predict(picture: Any) -> Any:
        with torch.no_grad():
            found = scores(torch_batch(picture))
        return torch.nn.functional.interpolate(found, picture.shape[:2], mode="bilinear").argmax(1)[0].numpy()

    return predict


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


def write_unet(picture: Any, **options: Any) -> Predict:
    """Export the U-Net with some options of torch."""
    import torch

    batch = torch_batch(picture)
    network = torch_unet()
    settle(network, batch, network.head)
    torch.onnx.export(network, (batch,), "model.onnx", **options)
    return torch_predict(network)


@export
def unet(picture: Any) -> Predict | None:
    """Write what torch writes by default: the network and, in another file, its weights."""
    return write_unet(picture)


@export
def unet_in_one_file(picture: Any) -> Predict | None:
    """Write network and weights in one file."""
    return write_unet(picture, external_data=False)


@export
def unet_of_any_size(picture: Any) -> Predict | None:
    """Leave number, height and width of the pictures open."""
    return write_unet(picture, dynamic_shapes=({0: "batch", 2: "height", 3: "width"},), external_data=False)


@export
def unet_of_the_old_exporter(picture: Any) -> Predict | None:
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
def deeplab(picture: Any) -> Predict | None:
    """Write torchvision's DeepLabV3 with its auxiliary head: two outputs of the same shape."""
    declare_torchvision_operators()
    import torch
    from torchvision.models.segmentation import deeplabv3_mobilenet_v3_large

    torch.manual_seed(3)
    network = deeplabv3_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=6, aux_loss=True)
    batch = torch_batch(picture)
    settle(network, batch, network.classifier[-1])
    torch.onnx.export(network, (batch,), "model.onnx")
    return torch_predict(lambda batch: network(batch)["out"])


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
def segformer(picture: Any) -> Predict | None:
    """Write a SegFormer of random weights with the two files of Hugging Face that say how it is used."""
    declare_torchvision_operators()
    import torch
    from transformers import SegformerConfig, SegformerForSemanticSegmentation, SegformerImageProcessor

    torch.manual_seed(3)
    names = {0: "sky", 1: "tree", 2: "road", 3: "car", 4: "person"}
    config = SegformerConfig(depths=[1, 1, 1, 1], id2label=names, label2id={name: key for key, name in names.items()})
    network = SegformerForSemanticSegmentation(config)
    processor = SegformerImageProcessor(size={"height": SIZE[0], "width": SIZE[1]})
    batch = processor(picture, return_tensors="pt")["pixel_values"]
    settle(network, batch, network.decode_head.classifier)
    export_transformer(network, ("logits",), batch)
    processor.save_pretrained(".")

    def predict(picture: Any) -> Any:
        with torch.no_grad():
            found = network(processor(picture, return_tensors="pt")["pixel_values"])
        return processor.post_process_semantic_segmentation(found, target_sizes=[picture.shape[:2]])[0].numpy()

    return predict


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


def write_ultralytics(picture: Any, kind: str, target: str = "onnx", classes: int | None = None) -> Predict | None:
    """Export a network of Ultralytics from its YAML file, without weights; the export itself predicts."""
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
        batch = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()).float() / 255
        settle(model.model, batch, model.model.model[-1].classifier[-1])
    written = model.export(format=target, imgsz=SIZE, device="cpu")
    exported = ultralytics.YOLO(written, task=model.task)

    def predict(picture: Any) -> Any:
        found = exported.predict(picture[..., ::-1], imgsz=SIZE, device="cpu")
        return np.asarray(found[0].semantic_mask.data).reshape(picture.shape[:2])

    return predict if model.task == "semantic" else None


@export
def ultralytics_semantic(picture: Any) -> Predict | None:
    """Write Ultralytics' semantic model as ONNX: the class of every pixel, and its names in the metadata."""
    return write_ultralytics(picture, "yolo26n-sem")


@export
def ultralytics_of_one_class(picture: Any) -> Predict | None:
    """Write a semantic model of one class, which gives 1 to its pixels and 0 to the others."""
    return write_ultralytics(picture, "yolo26n-sem", classes=1)


@export
def ultralytics_in_openvino(picture: Any) -> Predict | None:
    """Write Ultralytics' semantic model as OpenVINO's two files and ``metadata.yaml``."""
    return write_ultralytics(picture, "yolo26n-sem", "openvino")


@export
def ultralytics_detector(picture: Any) -> Predict | None:
    """Write a detector."""
    return write_ultralytics(picture, "yolo11n")


@export
def keras_2(picture: Any) -> Predict | None:
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

    def prepared(picture: Any) -> Any:
        return tf.image.resize(picture, SIZE)[None] / 255

    bias = -tf.reduce_mean(tf_keras.Model(image, head.output)(prepared(picture)), (0, 1, 2))
    head.set_weights([head.get_weights()[0], bias])
    network.compile("adam", "sparse_categorical_crossentropy")
    network.save("model.h5")
    return lambda picture: tf.argmax(tf.image.resize(network(prepared(picture)), picture.shape[:2])[0], -1).numpy()


def main() -> None:
    """Write the exports that the command line names."""
    folder = Path(sys.argv[1]).resolve()
    pictures = {file.name: np.load(file, allow_pickle=False) for file in folder.glob("*.npy")}
    for name in sys.argv[2:]:
        (folder / name).mkdir()
        os.chdir(folder / name)
        predict = EXPORTS[name](pictures["fitting.npy"])
        if predict is not None:
            for file, picture in pictures.items():
                np.save(file, np.asarray(predict(picture), np.uint8))


if __name__ == "__main__":
    main()
