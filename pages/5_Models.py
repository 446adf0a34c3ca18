"""The Models page: the layers of each model, how it was trained, and its downloads."""

from pages.models.page import draw_page
from pages.shared.ui.layout import page_layout

with page_layout("Models"):
    draw_page()
