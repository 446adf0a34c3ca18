"""The programs that train, evaluate, publish and measure the models. Nothing else depends on this package."""
