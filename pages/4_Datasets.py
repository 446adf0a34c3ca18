"""The Datasets page: what the models were trained on."""

from pages.datasets.page import datasets
from pages.shared.ui.layout import page_layout

with page_layout("Datasets"):
    datasets()
