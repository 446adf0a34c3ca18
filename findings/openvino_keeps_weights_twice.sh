#!/usr/bin/env bash
# OpenVINO keeps the weights of a network in memory twice after compiling it.
#
# openvino 2026.4.1, numpy 2.4.6, Python 3.11, x86-64 Linux (AMD EPYC).
# A network of two convolutions with 42 MB of weights is compiled for the CPU, the ov::Model is deleted, and one input is
# computed. The compiled network has its weights in the CPU's own order, and still holds those that were read: all of the .bin
# file is resident, mapped (ENABLE_MMAP, the default) or allocated. Nothing reads them any more: after MADV_DONTNEED on a
# mapping of one's own, which read_model takes as a tensor, they are gone, and the output is the same.
#
# Output seen:
#   mapped by OpenVINO: 2.1 times their size is resident
#   allocated: 2.1 times their size is resident
#   dropped with MADV_DONTNEED: 1.1 times their size is resident
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check openvino==2026.4.1 numpy==2.4.6
cat > "$folder/network.py" <<'PROGRAM'
import ctypes
import gc
import mmap
import sys
from pathlib import Path

import numpy as np
import openvino
from openvino import opset13 as opset

CHANNELS = 768
folder, how = Path(sys.argv[1]), sys.argv[2]
random = np.random.default_rng(0)
batch = random.normal(size=(1, CHANNELS, 8, 8)).astype(np.float32)


def write(name, channels):
    image = opset.parameter([1, channels, 8, 8], np.float32)
    values = image
    for _ in range(2):
        kernel = random.normal(0, 0.01, (channels, channels, 3, 3)).astype(np.float32)
        values = opset.relu(opset.convolution(values, opset.constant(kernel), [1, 1], [1, 1], [1, 1], [1, 1]))
    openvino.serialize(openvino.Model([opset.result(values)], [image]), str(folder / f"{name}.xml"))


def resident():
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))


def request_of(model):
    return core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}).create_infer_request()


if how == "write":
    write("first", 16)
    write("network", CHANNELS)
    sys.exit()
core = openvino.Core()
core.set_property({"ENABLE_MMAP": how == "mapped by OpenVINO"})
first = request_of(core.read_model(str(folder / "first.xml")))  # loads the plugin
first.infer([np.zeros((1, 16, 8, 8), np.float32)])
before = resident()
if how == "dropped with MADV_DONTNEED":
    with (folder / "network.bin").open("rb") as file:
        mapping = mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
    tensor = openvino.Tensor(np.frombuffer(mapping, np.uint8), shared_memory=True)
    request = request_of(core.read_model((folder / "network.xml").read_bytes(), tensor))
    mapping.madvise(mmap.MADV_DONTNEED)
else:
    request = request_of(core.read_model(str(folder / "network.xml")))
output = request.infer([batch])[0].copy()
times = (resident() - before) / (folder / "network.bin").stat().st_size
print(f"{how}: {times:.1f} times their size is resident")
expected = folder / "expected.npy"
if not expected.exists():
    np.save(expected, output)
if not np.array_equal(output, np.load(expected)):
    sys.exit("the output has changed")
if not (0.9 < times < 1.3 if how == "dropped with MADV_DONTNEED" else 1.8 < times < 2.3):
    sys.exit("this has changed")
PROGRAM
for how in write "mapped by OpenVINO" "allocated" "dropped with MADV_DONTNEED"; do
    "$folder/venv/bin/python" "$folder/network.py" "$folder" "$how"
done
