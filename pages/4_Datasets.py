"""The Datasets page: the classes and pictures that the models were trained on."""

from pages.datasets.page import draw_page
from pages.shared.ui.layout import page_layout

with page_layout("Datasets"):
    draw_page()
