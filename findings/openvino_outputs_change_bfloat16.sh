#!/usr/bin/env bash
# On a CPU with native bfloat16, asking OpenVINO for one more output changes the values of the others.
#
# openvino 2026.4.1, numpy 2.4.6, Python 3.11, x86-64 (AMD EPYC with AVX-512 BF16).
# A network is computed with INFERENCE_PRECISION_HINT=bf16. If its model has a second output, the mean over the positions of
# an inner layer, nearly all values of the first one are others, though the mean only reads that layer. Written as a matrix
# product, the same mean leaves the first output as it was, bit for bit, and in float32 so does either. So labels in bfloat16
# can depend on what else is asked for in the same inference.
#
# Output seen:
#   bf16, mean: 98 % of the values differ, by up to 7e-04
#   bf16, matrix product: 0 % of the values differ, by up to 0e+00
#   f32, mean: 0 % of the values differ, by up to 0e+00
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check openvino==2026.4.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PROGRAM'
import sys

import numpy as np
import openvino
from openvino import opset13 as opset


def network(extra):
    """Two convolutions, a pooling, and a decoder that joins both levels; perhaps the mean of the first level, too."""
    random = np.random.default_rng(1)

    def layer(values, channels, filters):
        kernel = random.normal(0, 1 / np.sqrt(9 * channels), (filters, channels, 3, 3)).astype(np.float32)
        shift = random.normal(0, 0.1, (1, filters, 1, 1)).astype(np.float32)
        convolved = opset.convolution(values, opset.constant(kernel), [1, 1], [1, 1], [1, 1], [1, 1])
        return opset.add(convolved, opset.constant(shift))

    image = opset.parameter([1, 3, 64, 64], np.float32)
    level = opset.relu(layer(opset.relu(layer(image, 3, 32)), 32, 64))
    pooled = opset.max_pool(level, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2]).output(0)
    deep = opset.relu(layer(pooled, 64, 64))
    axes = opset.constant(np.array([2, 3]))
    enlarged = opset.interpolate(deep, opset.constant(np.array([64, 64])), "nearest", "sizes", axes=axes)
    scores = opset.softmax(layer(opset.concat([enlarged, level], 1), 128, 8), 1)
    results = [opset.result(scores)]
    if extra == "mean":
        results.append(opset.result(opset.reduce_mean(level, axes, False)))
    elif extra == "matrix product":
        flat = opset.reshape(level, opset.constant(np.array([64, 64 * 64])), False)
        share = opset.constant(np.full(64 * 64, 1 / 64**2, np.float32))
        results.append(opset.result(opset.matmul(flat, share, False, False)))
    return openvino.Model(results, [image])


core = openvino.Core()
if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
    print("this CPU has no native bfloat16, so there is nothing to see")
    sys.exit()
image = np.random.default_rng(0).random((1, 3, 64, 64)).astype(np.float32)
differing = {}
for hint, extra in [("bf16", "mean"), ("bf16", "matrix product"), ("f32", "mean")]:
    options = {"INFERENCE_PRECISION_HINT": hint}
    plain, more = (np.array(core.compile_model(network(one), "CPU", options)([image])[0]) for one in ("", extra))
    difference = np.abs(plain - more)
    differing[hint, extra] = (difference > 0).mean()
    share = f"{100 * differing[hint, extra]:.0f} % of the values differ"
    print(f"{hint}, {extra}: {share}, by up to {difference.max():.0e}")
expected = differing["bf16", "mean"] > 0.5 and differing["bf16", "matrix product"] == differing["f32", "mean"] == 0
print("as described" if expected else "CHANGED")
sys.exit(not expected)
PROGRAM
