"""The Compare page: one picture, several models, side by side."""

from pages.compare.page import draw_page
from pages.shared.ui.layout import page_layout

with page_layout("Compare"):
    draw_page()
