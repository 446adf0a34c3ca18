"""The programs that train, evaluate, publish and measure the models. Nothing else depends on this package."""

from configs import interrupts  # noqa: F401 - first of all, so that Ctrl-C is handled from the start
