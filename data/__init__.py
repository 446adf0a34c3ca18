"""Label spaces, datasets, decoding of untrusted images and the input pipeline: numpy in, numpy out.

Nothing here imports keras or tensorflow; only building a dataset uses TFDS.
"""
