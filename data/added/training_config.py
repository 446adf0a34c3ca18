"""The config that a first training on an added dataset can start from."""

FILE = "unet.yaml"
"""Name of the file beside ``dataset.yaml``."""

_TEXT = """\
# U-Net with 2.2 million parameters on {name}, from scratch: a config to start from. Every key is required.
#
# Paper:    Ronneberger, Fischer, Brox 2015, https://arxiv.org/abs/1505.04597
# Try it:   the command with --quick takes seconds and shows that everything fits together.
name: {name}_unet
data:
  dataset: {name}
  image_size: [256, 256]
  resize: letterbox
  input_range: [-1, 1]
  limit: null
  augment:
    flip: 0.5
    scale: [0.8, 1.5]
    aspect: 0.1
    rotation: 10
    brightness: 0.2
    contrast: 0.2
    saturation: 0.2
    hue: 0.02
    gamma: 0.0
    blur: 0.0
    copy_paste: null
model:
  architecture: unet
  filters: [16, 32, 64, 128, 256]
  initializer: he_normal
  dropout: 0.1
  dropout_at: pools_and_concatenations
  head_filters: null
train:
  epochs: 50
  small_start: null
  batch_size: 4
  seed: 1
  learning_rate: 1e-3
  weight_decay: 1e-2
  gradient_clip: 1.0
  schedule: {{kind: cosine, warmup_epochs: 2, final: 0.01}}
  loss:
    cross_entropy: 1.0
    dice: 0.5
    lovasz: 0.0
    focal_gamma: 0.0
    label_smoothing: 0.0
    class_weight_power: 0.25
  weight_average: 0.998
  repeat_threshold: null
  early_stopping: null
  keep: best
  precision: auto
  initial_weights: null
  encoder: null
evaluate:
  split: val
  subsets: {{}}
  smallest_object: 0.001
"""


def text(name: str) -> str:
    """Return the config for the dataset ``name``, as YAML that ``python -m train`` accepts."""
    return _TEXT.format(name=name)
