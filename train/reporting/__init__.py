"""The parts of ``python -m train.report``."""
