"""Datasets that a user adds: what a folder holds, its description in ``dataset.yaml``, and the dataset made of both."""
