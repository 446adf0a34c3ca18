"""Let a Python program find none of the packages that are only installed for training.

Python imports this if its folder is on PYTHONPATH.
"""

from importlib.machinery import PathFinder

NAMES = {"av", "jax", "nncf", "onnxruntime", "ray", "tensorboard", "tensorflow", "tf2onnx"}
found = PathFinder.find_spec


def find_spec(name, path=None, target=None):
    """Find a module as Python does, but none of these packages."""
    return None if name.partition(".")[0] in NAMES else found(name, path, target)


PathFinder.find_spec = staticmethod(find_spec)  # type: ignore[assignment, method-assign]
