#!/usr/bin/env bash
# Keras with OpenVINO as its backend can't be imported after `pip install keras openvino`: it needs SciPy, which neither
# package asks pip for.
#
# keras 3.15.1, openvino 2026.4.1, scipy 1.17.1, numpy 2.4.6, Python 3.11, x86-64.
# The backend imports `scipy.signal` when Keras is imported, though only operations on sound use it. SciPy is not among
# Keras's requirements, not even as an extra, and not among OpenVINO's. Where something else has brought SciPy along
# nobody notices, except that importing Keras takes longer.
#
# Output seen:
#   keras asks for scipy: False, openvino asks for scipy: False
#   without scipy: ModuleNotFoundError: No module named 'scipy'
#   with scipy: keras 3.15.1 on openvino, scipy.signal imported: True
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
python="$folder/venv/bin/python"
install() { "$python" -m pip install --quiet --disable-pip-version-check "$@"; }
install keras==3.15.1 openvino==2026.4.1 numpy==2.4.6

"$python" - << 'PY' | tee "$folder/output"
from importlib.metadata import requires

asked = {name: any("scipy" in one.lower() for one in requires(name) or ()) for name in ("keras", "openvino")}
print(", ".join(f"{name} asks for scipy: {found}" for name, found in asked.items()))
PY
echo "without scipy: $(KERAS_BACKEND=openvino "$python" -c 'import keras' 2>&1 | tail -n 1)" | tee -a "$folder/output"

install scipy==1.17.1
KERAS_BACKEND=openvino "$python" - << 'PY' 2> /dev/null | tee -a "$folder/output"
import sys

import keras

backend, signal = keras.backend.backend(), "scipy.signal" in sys.modules
print(f"with scipy: keras {keras.__version__} on {backend}, scipy.signal imported: {signal}")
PY

diff "$folder/output" - << 'EXPECTED'
keras asks for scipy: False, openvino asks for scipy: False
without scipy: ModuleNotFoundError: No module named 'scipy'
with scipy: keras 3.15.1 on openvino, scipy.signal imported: True
EXPECTED
