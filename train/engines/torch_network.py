"""Builds a Keras network of plain PyTorch layers with the same weights; imports torch."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import torch
from keras import layers
from torch import nn

from configs.errors import UserError
from models.inference.graph_rewrite import phase_kernels

Step = Callable[..., Any]


class Scores(nn.Module):
    """The whole network: images ``(N, H, W, 3)`` float32 to scores ``(N, H, W, C)`` float32."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Compute the scores; inside, values lie in memory as in the images, with the channels last."""
        dtype = next(self.body.parameters()).dtype
        scores: torch.Tensor = self.body(images.permute(0, 3, 1, 2).to(dtype)).permute(0, 2, 3, 1)
        return scores


def build(model: keras.Model, *, rewritten: bool = False) -> nn.Module:
    """Return the network with its weights, to predict with; batch norms are folded into the convolutions before them.

    With ``rewritten``, ordinary convolutions take the place of transposed ones, as in OpenVINO's graph for bfloat16.
    Raises ``UserError`` if a layer has no counterpart here.
    """
    builder = _Builder(rewritten)
    image = builder.graph.placeholder("image")
    builder.graph.output(builder.through(model, image))
    body = torch.fx.GraphModule(builder.modules, builder.graph)
    return Scores(body.eval()).requires_grad_(False).to(memory_format=torch.channels_last)


class _Builder:
    """Walks through the layers of a network and writes down the PyTorch layers that do the same."""

    def __init__(self, rewritten: bool) -> None:
        self.rewritten = rewritten
        self.graph = torch.fx.Graph()
        self.modules = nn.Module()
        self.count = 0

    def through(self, model: keras.Model, *inputs: torch.fx.Node) -> Any:
        """Return the outputs of a functional model; its inputs and outputs are nodes of the graph."""

        def step(layer: Any) -> Step:
            made = self.step(layer)
            return lambda *values, **options: made(*values)  # these say whether it is a training

        return model._run_through_graph(list(inputs), operation_fn=step)

    def step(self, layer: Any) -> Step:
        """Return what puts the counterpart of a layer on the nodes it is called with."""
        if isinstance(layer, keras.Model):
            return lambda *inputs: self.through(layer, *keras.tree.flatten(inputs))
        if isinstance(layer, layers.Dropout):
            return lambda value: value
        if isinstance(layer, layers.Concatenate):
            return lambda values: self.graph.call_function(torch.cat, (tuple(values), 1))
        if isinstance(layer, layers.Add):
            return lambda values: self.graph.call_function(torch.add, tuple(values))
        if isinstance(layer, layers.BatchNormalization):
            return lambda value: self.folded(layer, value)
        if isinstance(layer, layers.Conv2DTranspose):
            return lambda value: self.call(_transposed(layer, self.rewritten), value)
        return lambda value: self.call(_counterpart(layer), value)

    def call(self, module: nn.Module, value: torch.fx.Node) -> torch.fx.Node:
        """Put a layer on a node."""
        name = f"layer{self.count}"
        self.count += 1
        self.modules.add_module(name, module)
        return self.graph.call_module(name, (value,))

    def folded(self, norm: Any, value: torch.fx.Node) -> torch.fx.Node:
        """Fold a batch norm into the convolution that computed ``value``, and return the node that has both."""
        before = self.modules.get_submodule(str(value.target)) if value.op == "call_module" else None
        if not isinstance(before, nn.Sequential) or any(isinstance(part, nn.ReLU) for part in before):
            raise UserError(f"PyTorch: the batch norm {norm.name} follows no convolution")
        phases = 4 if any(isinstance(part, nn.PixelShuffle) for part in before) else 1
        gamma, beta, mean, variance = (torch.tensor(values.repeat(phases)) for values in _norm_weights(norm))
        for index, part in enumerate(before):
            if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
                twin = nn.BatchNorm2d(len(gamma), eps=norm.epsilon).eval()
                twin.load_state_dict(
                    {"weight": gamma, "bias": beta, "running_mean": mean, "running_var": variance}, strict=False
                )
                turned = isinstance(part, nn.ConvTranspose2d)
                before[index] = torch.nn.utils.fuse_conv_bn_eval(part.eval(), twin, transpose=turned)
        return value


def _norm_weights(norm: Any) -> list[Any]:
    """Return scale, offset, mean and variance of a batch norm."""
    mean, variance = norm.moving_mean.numpy(), norm.moving_variance.numpy()
    gamma = norm.gamma.numpy() if norm.scale else 1 + 0 * mean
    return [gamma, norm.beta.numpy() if norm.center else 0 * mean, mean, variance]


def _counterpart(layer: Any) -> nn.Module:
    """Return the PyTorch layer that does what a Keras layer does. Raises ``UserError`` if there is none."""
    if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D):
        return _convolution(layer)
    if isinstance(layer, layers.MaxPooling2D) and layer.padding == "valid":
        return nn.MaxPool2d(layer.pool_size, layer.strides)
    if isinstance(layer, layers.ZeroPadding2D):
        (top, bottom), (left, right) = layer.padding
        return nn.ZeroPad2d((left, right, top, bottom))
    if isinstance(layer, layers.ReLU) and not layer.negative_slope and not layer.threshold:
        return nn.ReLU6(inplace=True) if layer.max_value == 6 else nn.ReLU(inplace=True)
    if isinstance(layer, layers.Activation) and layer.get_config()["activation"] == "softmax":
        return _Softmax()
    raise UserError(f"PyTorch: the layer {layer.name}, a {type(layer).__name__}, has no counterpart in the benchmark")


class _Softmax(nn.Module):
    def forward(self, logits: torch.Tensor) -> torch.Tensor:
        """Compute the probabilities of the classes, in float32 as Keras does."""
        return torch.softmax(logits, 1, dtype=torch.float32)


class _WithoutLast(nn.Module):
    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Leave out the last row and column, as Keras's "same" padding of a transposed convolution does."""
        return image[:, :, :-1, :-1]


def _convolution(layer: Any) -> nn.Module:
    """Return a convolution, with its padding before it where it is not alike on both sides."""
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    kernel = torch.tensor(layer.kernel.numpy())  # (h, w, in, out), or (h, w, in, multiplier)
    kernel = kernel.permute(2, 3, 0, 1).flatten(0, 1)[:, None] if depthwise else kernel.permute(3, 2, 0, 1)
    groups = layer.input.shape[-1] if depthwise else layer.groups
    pads = [
        max((-(-side // stride) - 1) * stride + window - side, 0) if layer.padding == "same" else 0
        for side, stride, window in zip(layer.input.shape[1:3], layer.strides, layer.kernel_size, strict=True)
    ]
    alike = all(pad % 2 == 0 for pad in pads)
    conv = nn.Conv2d(
        kernel.shape[1] * groups,
        kernel.shape[0],
        layer.kernel_size,
        layer.strides,
        padding=(pads[0] // 2, pads[1] // 2) if alike else 0,
        groups=groups,
    )
    (top, bottom), (left, right) = ((pad // 2, pad - pad // 2) for pad in pads)
    before = [] if alike else [nn.ZeroPad2d((left, right, top, bottom))]
    return _with_weights(layer, conv, kernel, before, [])


def _transposed(layer: Any, rewritten: bool) -> nn.Module:
    """Return a 3x3 transposed convolution that doubles the size; ``rewritten`` as an ordinary one of four phases."""
    if (layer.kernel_size, layer.strides, layer.padding) != ((3, 3), (2, 2), "same"):
        raise UserError(f"PyTorch: the transposed convolution {layer.name} does not double the size with 3x3 kernels")
    kernel = torch.tensor(layer.kernel.numpy()).permute(3, 2, 0, 1)  # from (h, w, out, in) to (in, out, h, w)
    inputs, outputs = kernel.shape[:2]
    if not rewritten:
        return _with_weights(layer, nn.ConvTranspose2d(inputs, outputs, 3, 2), kernel, [], [_WithoutLast()])
    phases = torch.tensor(phase_kernels(kernel.numpy())).unflatten(0, (4, outputs))
    phases = phases.transpose(0, 1).flatten(0, 1)  # PyTorch takes the four phases of a channel from neighbouring ones
    conv = nn.Conv2d(inputs, 4 * outputs, 2)
    return _with_weights(layer, conv, phases, [nn.ZeroPad2d((1, 0, 1, 0))], [nn.PixelShuffle(2)])


def _with_weights(
    layer: Any, conv: Any, kernel: torch.Tensor, before: list[nn.Module], after: list[nn.Module]
) -> nn.Module:
    """Return a convolution with its weights, what comes before and after it, and its activation."""
    activation = layer.get_config()["activation"]
    if activation not in ("linear", "relu"):
        raise UserError(f"PyTorch: the activation {activation} of {layer.name} has no counterpart in the benchmark")
    with torch.no_grad():
        conv.weight.copy_(kernel)
        bias = layer.bias.numpy() if layer.use_bias else np.zeros(1, np.float32)
        conv.bias.copy_(torch.tensor(bias.repeat(len(conv.bias) // len(bias))))
    return nn.Sequential(*before, conv, *after, *([nn.ReLU(inplace=True)] if activation == "relu" else []))
