"""Label spaces, datasets, decoding of untrusted images and the input pipeline: numpy in, numpy out.

Nothing here imports keras or tensorflow; only building a dataset uses TFDS.
"""

from configs import interrupts  # noqa: F401 - first of all, so that Ctrl-C is handled from the start
