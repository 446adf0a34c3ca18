"""The Datasets page: what the models were trained on."""

from pages.components.datasets import datasets
from pages.components.frame import frame

with frame("Datasets"):
    datasets()
