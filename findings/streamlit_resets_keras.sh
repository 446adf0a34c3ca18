#!/usr/bin/env bash
# Streamlit clears Keras's session after every run of a script, so a dtype policy that was set once is gone at the first
# click, without a word: what ran in bfloat16 runs in float32.
#
# streamlit 1.67.0, keras 3.15.1 (backend jax), jax 0.10.2, numpy 2.4.6, Python 3.11, x86-64.
# An app sets `keras.config.set_dtype_policy("mixed_bfloat16")` in a function under `st.cache_resource`, the place for what
# is done once for the whole server. In the first run layers compute in bfloat16, from the second on in float32: Streamlit
# calls `keras.backend.clear_session()` at the end of every run if anything has imported Keras, and Keras keeps the policy
# among what that clears. It is process-wide, so one visitor's click does it to all. It also makes every click pay for
# Keras's garbage collection, up to a second where TensorFlow is loaded.
# A setting kept elsewhere, such as `keras.config.set_image_data_format`, stays.
#
# Output seen:
#   run 1: policy mixed_bfloat16, a new layer computes in bfloat16, channels_first
#   run 2: policy float32, a new layer computes in float32, channels_first
#   run 3: policy float32, a new layer computes in float32, channels_first
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    streamlit==1.67.0 keras==3.15.1 jax==0.10.2 numpy==2.4.6

cat > "$folder/app.py" << 'APP'
import keras
import streamlit as st


@st.cache_resource
def prepare():
    keras.config.set_dtype_policy("mixed_bfloat16")
    keras.config.set_image_data_format("channels_first")


prepare()
policy, layer = keras.config.dtype_policy().name, keras.layers.Dense(1)
st.text(f"policy {policy}, a new layer computes in {layer.compute_dtype}, {keras.config.image_data_format()}")
APP

cd "$folder"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" - << 'PROGRAM' | tee "$folder/seen"
import logging

from streamlit.testing.v1 import AppTest

logging.disable(logging.CRITICAL)
app = AppTest.from_file("app.py", default_timeout=60)
for number in (1, 2, 3):
    app.run()
    assert not app.exception, app.exception
    print(f"run {number}: {app.text[0].value}")
PROGRAM

diff "$folder/seen" - << 'EXPECTED'
run 1: policy mixed_bfloat16, a new layer computes in bfloat16, channels_first
run 2: policy float32, a new layer computes in float32, channels_first
run 3: policy float32, a new layer computes in float32, channels_first
EXPECTED
echo "as described"
