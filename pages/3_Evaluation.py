"""The Evaluation page: how good the models are, and where they fail."""

from pages.evaluation.page import draw_page
from pages.shared.ui.layout import page_layout

with page_layout("Evaluation"):
    draw_page()
