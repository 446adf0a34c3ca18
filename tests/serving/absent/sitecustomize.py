"""Let a Python program find none of the packages that are only installed for training.

Python imports this if its folder is on PYTHONPATH.
"""

import sys

NAMES = {
    "array_record",
    "av",
    "etils",
    "tensorboard",
    "tensorflow",
    "tensorflow_datasets",
    "tf2onnx",
    "jax",
    "onnxruntime",
}


class Absent:
    """Finds none of them."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in NAMES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent)
